// A page whose Content-Security-Policy does not let the chat reach its server: no attempt can mend
// that, so the developer of the page is told once what the policy lacks.
export function whenForbidden(consumer, tell) {
  const server = new URL(consumer.base, location.href);
  document.addEventListener("securitypolicyviolation", ({ blockedURI, disposition, effectiveDirective }) => {
    if (disposition !== "enforce" || effectiveDirective !== "connect-src") return;
    if (!URL.canParse(blockedURI) || new URL(blockedURI).host !== server.host) return;
    const isNew = !consumer.isForbidden;
    consumer.isForbidden = true;
    consumer.stop();
    tell();
    if (!isNew) return;
    const socket = server.origin.replace(/^http/, "ws");
    console.error(`The Content-Security-Policy of this page keeps the chat from its server. Add to it: connect-src ${server.origin} ${socket}`);
  });
}
