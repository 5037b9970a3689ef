// Loaded before anything shows, so that a page never flashes in the wrong theme.
import { restore } from "./parts/appearance.js";

restore();
