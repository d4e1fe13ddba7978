// Finds what a page declares through data- attributes and wires it. Everything works without this file.
import { review } from "./review.js";
import { keys } from "./keys.js";
import { meeting } from "./meeting.js";
import { outreach } from "./outreach.js";
import { queue } from "./queue.js";

document.documentElement.classList.add("js");
keys();
review();
meeting();
queue();
outreach();
