// The dashboard: its charts, the parts that keep themselves new, and the wall screen.
import "./dashboard/zone.js";
import "./dashboard/chart.js";
import "./dashboard/refreshing.js";
import "./dashboard/wall.js";
