// The page's language, as the viewer's country writes it.
const page = document.documentElement.lang || "en";
export const language = navigator.languages.find((each) => each.split("-")[0] === page) ?? page;
