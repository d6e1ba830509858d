// Calls to the domain's endpoints. A page at /www/<domain>/ talks to
// /api/<domain>/…; on a host name of the domain's own both prefixes are shorter.
"use strict";

const api = (() => {
  const m = location.pathname.match(/^\/www\/([^/]+)\//);
  const base = m ? `/api/${m[1]}/auth/` : "/api/auth/";
  let lang = "zh-CN";

  const url = (name, query = {}) => base + name + "?" + new URLSearchParams(query);

  // call answers {ok, data, errCode, msg}; a broken connection looks the same.
  async function call(name, { query, form, json } = {}) {
    const init = { headers: { "Accept-Language": lang }, cache: "no-store" };
    if (form) {
      init.method = "POST";
      init.body = new URLSearchParams(form);
    } else if (json) {
      init.method = "POST";
      init.headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(json);
    }
    try {
      const answer = await fetch(url(name, query), init);
      return await answer.json();
    } catch {
      return { ok: false, errCode: "unreachable" };
    }
  }

  return { call, url, speak: (l) => { lang = l; } };
})();
