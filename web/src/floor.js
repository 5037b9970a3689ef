// Queues and agents: the live list, and the dialog in which conversations are moved by hand.
import "./traces/live.js";
import "./parts/filled.js";
