// The page where a person uploads a picture: chosen, dropped, pasted or photographed, looked at, sent.
// @ts-check

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}`);
  return found;
}

const form = element("form", HTMLFormElement);
const drop = element("drop", HTMLElement);
const chosen = element("chosen", HTMLElement);
const view = element("view", HTMLImageElement);
const send = element("send", HTMLButtonElement);
const other = element("other", HTMLButtonElement);
const paste = element("paste", HTMLButtonElement);
const progress = element("progress", HTMLProgressElement);
const status = element("status", HTMLElement);
const inputs = [element("file", HTMLInputElement), element("camera", HTMLInputElement)];

const LARGEST_BYTES = Number(form.dataset.largest);
/** What the server reads; browsers may read more. */
const READ_THERE = /^image\/(png|jpeg|webp|gif|bmp)$/;
const MOST_PIXELS = 36_000_000;

/** @type {Blob | undefined} */
let picture;
let isSending = false;

/** @param {string} name the message's id @param {string} [more] */
function say(name, more = "") {
  const text = document.getElementById(`say-${name}`) ?? element("say-other", HTMLElement);
  status.className = text.dataset.kind ?? "";
  status.textContent = `${text.textContent ?? ""} ${more}`.trim();
}

/** @param {Blob | null | undefined} file */
function show(file) {
  if (!file || isSending) return;
  if (file.type !== "" && !file.type.startsWith("image/")) return say("picture");
  picture = file;
  URL.revokeObjectURL(view.src);
  view.src = URL.createObjectURL(file);
  chosen.hidden = false;
  drop.hidden = true;
  say("ready");
  send.focus();
}

function chooseAnother() {
  picture = undefined;
  chosen.hidden = true;
  drop.hidden = false;
  for (const input of inputs) input.value = "";
  status.textContent = "";
  inputs[0]?.focus();
}

/**
 * The same picture as JPEG where the server could not read it and this browser can.
 * @param {Blob} file
 */
async function sendable(file) {
  if (READ_THERE.test(file.type) && file.size <= LARGEST_BYTES) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
    canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
    const context = canvas.getContext("2d");
    if (!context) return file;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    /** @type {Blob | null} */
    const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    return jpeg ?? file;
  } catch {
    return file;
  }
}

/** @param {boolean} isBusy */
function setSending(isBusy) {
  isSending = isBusy;
  send.disabled = isBusy;
  other.disabled = isBusy;
  progress.hidden = !isBusy;
  progress.value = 0;
}

async function upload() {
  if (!picture || isSending) return;
  setSending(true);
  say("sending");
  const file = await sendable(picture);
  if (file.size > LARGEST_BYTES) {
    setSending(false);
    return say("large");
  }
  const request = new XMLHttpRequest();
  request.open("POST", location.href);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.upload.onprogress = ({ loaded, total }) =>
    progress.value = total > 0 ? loaded / total : 0;
  request.onerror = () => {
    setSending(false);
    say("network");
  };
  request.onload = () => {
    setSending(false);
    answered(request.status, request.responseText);
  };
  request.send(file);
}

/** @param {number} code @param {string} text */
function answered(code, text) {
  const answer = parsed(text);
  if (code === 201) return received(answer);
  const problem = answer.error?.code ?? "other";
  const isEnglish = document.documentElement.lang === "en";
  say(problem, problem === "picture" && isEnglish ? answer.error.message : "");
  if (["used", "expired", "unknown"].includes(problem)) form.hidden = true;
}

/** @param {any} answer */
function received({ width, height, size_bytes }) {
  form.hidden = true;
  element("received", HTMLElement).hidden = false;
  element("received", HTMLElement).prepend(view);
  const size = size_bytes < 1_000_000
    ? `${Math.ceil(size_bytes / 1000)} kB`
    : `${(size_bytes / 1_000_000).toFixed(1)} MB`;
  element("what", HTMLElement).textContent = `${width} × ${height}, ${size}`;
  say("received");
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

async function pasteByButton() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((each) => each.startsWith("image/"));
      if (type) return show(await item.getType(type));
    }
    say("nothing");
  } catch {
    say("nothing");
  }
}

document.documentElement.classList.add("scripted");
paste.hidden = !("clipboard" in navigator && "read" in navigator.clipboard);
paste.addEventListener("click", pasteByButton);
send.addEventListener("click", upload);
other.addEventListener("click", chooseAnother);
form.addEventListener("submit", (event) => event.preventDefault());
for (const input of inputs) input.addEventListener("change", () => show(input.files?.[0]));

document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData?.files ?? []].find(({ type }) => type.startsWith("image/"));
  if (file) show(file);
  else if (!form.hidden) say("nothing");
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (form.hidden) return;
  const [file] = event.dataTransfer?.files ?? [];
  if (file) show(file);
  else say("nothing");
});
