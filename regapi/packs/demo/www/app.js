// The sample page: sign in, see and edit the profile, sign out.
"use strict";

const $ = (query, from = document) => from.querySelector(query);
const signin = $("#signin"), bycode = $("#bycode"), profile = $("#profile"), edit = $("#edit");

// A page in a sandbox has no storage: the ticket then lives as long as the page.
const memory = new Map();
const keep = {
  get: (k) => { try { return sessionStorage.getItem(k); } catch { return memory.get(k) ?? null; } },
  set: (k, v) => { try { sessionStorage.setItem(k, v); } catch { memory.set(k, v); } },
  drop: (k) => { try { sessionStorage.removeItem(k); } catch { memory.delete(k); } },
};

let site = "";
let session = null;
let lang = keep.get("lang") || (navigator.language.startsWith("zh") ? "zh-CN" : "en");

const text = (key, ...values) => (TEXTS[lang][key] ?? key).replace(/\{(\d)\}/g, (_, i) => values[i]);

function speak(l) {
  lang = l;
  keep.set("lang", l);
  api.speak(l);
  document.documentElement.lang = l;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = text(e.dataset.text);
  for (const e of document.querySelectorAll("[data-title]")) e.title = text(e.dataset.title);
  $("#lang").textContent = text("other");
  countDown();
  document.title = text("site");
  if (session) show(session);
}

function problem(form, answer) {
  $(".problem", form).textContent = answer ? answer.msg || text(answer.errCode) : "";
}

// busy keeps a form from being sent twice.
async function busy(form, work) {
  const buttons = form.querySelectorAll("button");
  for (const b of buttons) b.disabled = true;
  try { await work(); } finally { for (const b of buttons) b.disabled = false; }
}

function askSignIn() {
  session = null;
  keep.drop("ticket");
  profile.hidden = true;
  ask(signin);
}

// ask shows one of the two forms.
function ask(form) {
  signin.hidden = form !== signin;
  bycode.hidden = form !== bycode;
  $("[name=passwd]", signin).value = "";
  $("[name=vcode]", bycode).value = "";
  problem(form);
  newCaptcha(form);
}

function newCaptcha(form) {
  const account = $("[name=name]", form).value.trim();
  $("[name=captcha]", form).value = "";
  const img = $(".picture img", form);
  if (!account) { img.removeAttribute("src"); return; }
  img.src = api.url("captcha", { site, account, size: "120x48", t: Date.now() });
}

function show(s) {
  session = s;
  const me = s.me ?? {};
  const name = me.nickname || me.nm || s.unm || "?";
  $("#who").textContent = name;
  $(".face", profile).textContent = [...name][0].toUpperCase();
  $("#since").textContent = text("since", new Date(s.expi).toLocaleString(lang));
  $("[name=nickname]", edit).value = me.nickname ?? "";
  $("[name=sex]", edit).value = String(me.sex ?? 0);
  $("[name=city]", edit).value = me.city ?? "";
  $("#session").textContent = JSON.stringify({ ...s, ticket: "…" }, null, 2);
  signin.hidden = bycode.hidden = true;
  profile.hidden = false;
}

const credentials = () => ({ site, ticket: keep.get("ticket") });

signin.addEventListener("submit", (e) => {
  e.preventDefault();
  const form = Object.fromEntries(new FormData(signin));
  problem(signin);
  if (!form.name.trim() || !form.passwd || !form.captcha.trim()) {
    problem(signin, { errCode: "missing" });
    return;
  }
  busy(signin, async () => {
    const answer = await api.call("login_by_passwd", { query: { site }, form });
    if (!answer.ok) {
      problem(signin, answer);
      newCaptcha(signin);
      return;
    }
    keep.set("ticket", answer.data.ticket);
    show(answer.data);
  });
});

for (const form of [signin, bycode]) {
  $("[name=name]", form).addEventListener("change", () => newCaptcha(form));
  $(".picture", form).addEventListener("click", () => newCaptcha(form));
  $(".switch", form).addEventListener("click", () => ask(form === signin ? bycode : signin));
}

// Codes go to what was typed: an address has an @.
const byMail = (account) => account.includes("@");

let again = 0; // when the next code may be asked for, ms

function countDown() {
  const left = Math.ceil((again - Date.now()) / 1000);
  const button = $("#send");
  button.disabled = left > 0;
  button.textContent = left > 0 ? text("vcode.wait", left) : text("vcode.send");
  if (left > 0) setTimeout(countDown, 500);
}

$("#send").addEventListener("click", async () => {
  const form = Object.fromEntries(new FormData(bycode));
  const account = form.name.trim();
  problem(bycode);
  $(".done", bycode).textContent = "";
  if (!account || !form.captcha.trim()) {
    problem(bycode, { errCode: "missing" });
    return;
  }
  $("#send").disabled = true;
  const answer = await api.call(byMail(account) ? "get_email_vcode" : "get_sms_vcode", { query: { site, account, captcha: form.captcha.trim() } });
  again = Date.now() + 1000 * (answer.ok ? 60 : ["e.auth.vcode.wait", "e.api.limit"].includes(answer.errCode) ? answer.data : 0);
  countDown();
  if (answer.ok) {
    $(".done", bycode).textContent = text("vcode.sent", answer.data.account);
    $("[name=vcode]", bycode).focus();
    return;
  }
  problem(bycode, answer);
  newCaptcha(bycode); // a captcha is good once
});

bycode.addEventListener("submit", (e) => {
  e.preventDefault();
  const form = Object.fromEntries(new FormData(bycode));
  const name = form.name.trim(), vcode = form.vcode.trim();
  problem(bycode);
  if (!name || !vcode) {
    problem(bycode, { errCode: "missing" });
    return;
  }
  busy(bycode, async () => {
    const answer = await api.call(byMail(name) ? "login_by_email" : "login_by_phone", { query: { site }, form: { name, vcode } });
    if (!answer.ok) { problem(bycode, answer); return; }
    keep.set("ticket", answer.data.ticket);
    $(".done", bycode).textContent = "";
    show(answer.data);
  }).then(countDown);
});

edit.addEventListener("submit", (e) => {
  e.preventDefault();
  const f = new FormData(edit);
  problem(edit);
  $(".done", edit).textContent = "";
  const json = { nickname: f.get("nickname"), sex: Number(f.get("sex")), city: f.get("city") };
  busy(edit, async () => {
    const answer = await api.call("setme", { query: credentials(), json });
    if (!answer.ok) { problem(edit, answer); return; }
    show(answer.data);
    $(".done", edit).textContent = text("saved");
  });
});

$("#signout").addEventListener("click", () => busy(edit, async () => {
  await api.call("logout", { query: credentials(), form: {} });
  askSignIn();
}));

$("#lang").addEventListener("click", () => speak(lang === "en" ? "zh-CN" : "en"));

(async () => {
  speak(lang);
  const here = await api.call("site");
  if (here.ok) site = here.data.id;
  const back = keep.get("ticket") && await api.call("checkme", { query: credentials() });
  if (back && back.ok) show(back.data);
  else askSignIn();
  if (!here.ok) problem(signin, here);
})();
