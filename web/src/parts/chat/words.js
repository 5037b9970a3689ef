// What the chat window says, by language; what consumers and agents say is never touched.
const WORDS = {
  en: ["Chat", "Write a message", "Send", "Attach a file", "is typing …", "New conversation", "End conversation", "The conversation has ended.", "Connecting …", "Connection lost. Looking for the server again …", "Sending …", "Sent", "Delivered", "Read", "You", "Agent", "System", "Close the chat", "Ask away. Somebody is there for you.", "Not sent", "A few questions about this conversation", "Edit again", "Remove", "It was not sent. Pictures, PDF, text and Office files up to 20 MB can be.", "The chat cannot be reached from this page. Please contact us in another way."],
  de: ["Chat", "Nachricht schreiben", "Senden", "Datei anhängen", "schreibt …", "Neues Gespräch", "Gespräch beenden", "Das Gespräch ist beendet.", "Verbinden …", "Verbindung verloren. Wir suchen den Server wieder …", "Wird gesendet …", "Gesendet", "Zugestellt", "Gelesen", "Sie", "Team", "System", "Chat schließen", "Fragen Sie einfach. Wir sind für Sie da.", "Nicht gesendet", "Ein paar Fragen zu diesem Gespräch", "Nochmals bearbeiten", "Entfernen", "Nicht gesendet. Möglich sind Bilder, PDF-, Text- und Office-Dateien bis 20 MB.", "Der Chat ist von dieser Seite aus nicht erreichbar. Bitte melden Sie sich auf anderem Weg."],
  fr: ["Discussion", "Écrire un message", "Envoyer", "Joindre un fichier", "écrit …", "Nouvelle conversation", "Terminer la conversation", "La conversation est terminée.", "Connexion …", "Connexion perdue. Nous recherchons le serveur …", "Envoi …", "Envoyé", "Remis", "Lu", "Vous", "Conseiller", "Système", "Fermer la discussion", "Posez votre question. Nous sommes là pour vous.", "Non envoyé", "Quelques questions sur cette conversation", "Modifier", "Retirer", "Non envoyé. Images, PDF, textes et fichiers Office jusqu’à 20 Mo sont acceptés.", "La discussion est inaccessible depuis cette page. Merci de nous contacter autrement."],
  es: ["Chat", "Escribe un mensaje", "Enviar", "Adjuntar un archivo", "escribe …", "Nueva conversación", "Terminar la conversación", "La conversación ha terminado.", "Conectando …", "Conexión perdida. Buscamos el servidor …", "Enviando …", "Enviado", "Entregado", "Leído", "Tú", "Agente", "Sistema", "Cerrar el chat", "Pregunta lo que quieras. Estamos aquí.", "No enviado", "Algunas preguntas sobre esta conversación", "Editar de nuevo", "Quitar", "No se envió. Se aceptan imágenes, PDF, textos y archivos de Office de hasta 20 MB.", "No se puede acceder al chat desde esta página. Contáctanos por otro medio, por favor."],
  ar: ["دردشة", "اكتب رسالة", "إرسال", "إرفاق ملف", "يكتب …", "محادثة جديدة", "إنهاء المحادثة", "انتهت المحادثة.", "جارٍ الاتصال …", "انقطع الاتصال. نبحث عن الخادم …", "جارٍ الإرسال …", "أُرسلت", "وصلت", "قُرئت", "أنت", "موظف", "النظام", "إغلاق الدردشة", "تفضل بسؤالك. نحن هنا لأجلك.", "لم تُرسل", "بعض الأسئلة عن هذه المحادثة", "تعديل من جديد", "إزالة", "لم يُرسل. يمكن إرسال الصور وملفات PDF والنصوص وملفات Office حتى 20 ميغابايت.", "لا يمكن الوصول إلى الدردشة من هذه الصفحة. يُرجى التواصل معنا بطريقة أخرى."],
};
const NAMES = ["title", "placeholder", "send", "attach", "typing", "renew", "end", "over", "connecting", "lost", "sending", "sent", "delivered", "seen", "you", "agent", "system", "hide", "welcome", "unsent", "survey", "again", "remove", "unfit", "blocked"];
const TOLD_ON_SOCKETS = new Set(["de"]); // languages in which the server tells its refusals again
const FROM_RIGHT = new Set(["ar", "he", "fa", "ur"]);

export function wordsFor(language) {
  const found = WORDS[primary(language)] ?? WORDS.en;
  return Object.fromEntries(NAMES.map((name, at) => [name, found[at]]));
}

function primary(language) {
  return (language || "").slice(0, 2).toLowerCase();
}

export function hasRefusalsIn(language) {
  return TOLD_ON_SOCKETS.has(primary(language));
}

// Refusals in a language, from the server at `base`; none where it does not bring them, and then it is
// said that something failed, and not why. The page, which is somebody else's, keeps no name of ours.
export async function refusalsIn(language, base) {
  const script = Object.assign(document.createElement("script"), { src: `${base}/console/words/${primary(language)}.js` });
  await new Promise((done) => {
    script.onload = script.onerror = done;
    document.head.append(script);
  });
  script.remove();
  const found = globalThis.orchestratorWords ?? {};
  delete globalThis.orchestratorWords;
  return found;
}

// The page's language before the browser's; as the browser has it where both are the same.
export function languageOf(page, preferred = navigator.languages) {
  const named = page?.trim();
  if (!named) return preferred[0];
  return preferred.find((each) => primary(each) === primary(named) && named.length === 2) ?? named;
}

export function directionOf(language) {
  return FROM_RIGHT.has(primary(language)) ? "rtl" : "ltr";
}
