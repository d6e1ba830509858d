// The sample page: sign in, see and edit the profile, sign out.
"use strict";

const $ = (query, from = document) => from.querySelector(query);
const signin = $("#signin"), profile = $("#profile"), edit = $("#edit");

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
  signin.hidden = false;
  $("[name=passwd]", signin).value = "";
  newCaptcha();
}

function newCaptcha() {
  const account = $("[name=name]", signin).value.trim();
  $("[name=captcha]", signin).value = "";
  const img = $("#captcha img");
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
  signin.hidden = true;
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
      newCaptcha();
      return;
    }
    keep.set("ticket", answer.data.ticket);
    show(answer.data);
  });
});

$("[name=name]", signin).addEventListener("change", newCaptcha);
$("#captcha").addEventListener("click", newCaptcha);

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
