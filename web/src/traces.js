// Pages of conversations, decisions and the playground: local moments, the live list, shared links.
import "./traces/moments.js";
import "./traces/live.js";
import "./traces/sharing.js";
import "./traces/answers.js";
