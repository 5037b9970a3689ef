// The viewer's zone as a cookie, so that the server counts by the viewer's days; a page that was
// counted by others is asked for once more. Source of the name: doors/console/periods.py.
const NAME = "orchestrator_zone";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

document.cookie = `${NAME}=${zone}; path=/console; max-age=31536000; samesite=strict`;
const counted = document.querySelector("[data-by-zone]")?.dataset.byZone;
const kept = document.cookie.split("; ").includes(`${NAME}=${zone}`);
if (counted && counted !== zone && kept) location.reload();
