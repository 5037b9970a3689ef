// Files on their way into a conversation: an address from the server, the bytes, and the event.
import { _ } from "../../editor/words.js";

export const TAKEN = ".jpg,.jpeg,.png,.gif,.webp,.pdf,.txt,.docx,.pptx,.xlsx";

// `address`: asks the server where to put it. Raises an error with a code where it is refused.
export async function uploaded(file, { base, address }) {
  const fileType = (file.name.split(".").pop() || "").toUpperCase();
  const place = await address({ fileSize: file.size, fileType, fileName: file.name });
  const query = new URLSearchParams(place.queryParams);
  const answer = await fetch(`${base}${place.relativePath}?${query}`, { method: "PUT", body: file });
  if (!answer.ok) {
    const refused = new Error(_("The file was not taken ({status}).", { status: answer.status }));
    throw Object.assign(refused, { code: answer.status });
  }
  const message = { caption: file.name, relativePath: place.relativePath, fileType };
  return { type: "ContentEvent", contentType: "hosted/file", message };
}
