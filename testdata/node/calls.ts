// Calls a real server through the generated client and prints what came, for
// the test to look at: node calls.js BASE SITE NAME PASSWORD.
import { ApiError, Client } from "./client.js";

declare const process: { argv: string[]; exit(code: number): never };

const [base, site, name, passwd] = process.argv.slice(2) as [string, string, string, string];

function check(ok: boolean, what: string): asserts ok {
  if (!ok) {
    console.error("not so: " + what);
    process.exit(1);
  }
}

const stranger = new Client(base, { lang: "en" });
const wrong = await stranger.authLoginByPasswd({ site, name, passwd: "a wrong one" });
check(!wrong.ok && wrong.errCode === "e.auth.login.invalid.passwd", "a wrong password is refused");

const session = await stranger.authLoginByPasswd({ site, name, passwd });
check(session.ok, "the right one signs in");
const ticket: string = session.data.ticket;

const me = new Client(base, { ticket });
const known = await me.authCheckme({ site, ticket });
check(known.ok && known.data.uid === session.data.uid, "checkme knows the ticket");

const changed = await me.authSetme({ site, ticket, body: { nickname: "名字 & more" } });
check(changed.ok && changed.data.me["nickname"] === "名字 & more", "setme changes the account");

const listed = await me.itemsById({ id: "a/b c?", n: 7, tags: ["x"] });
const text: string = listed.id;
const count: number = listed.n;
check(text === "a/b c?" && count === 7, "a typed answer: " + JSON.stringify(listed));

const errno = await me.inErrno();
check(errno.errno === 0 && errno.data?.price === 1.5, "the shape errno");
const refused = await me.inErrno({ has: "no" });
check(refused.errno !== 0 && "errText" in refused && refused.errText !== "", "a failure in the shape errno");
const state = await me.inState();
check(state.state === "ok" && state.price === 1.5, "the shape state");
const failed = await me.inState({ has: "no" });
check(failed.state === "failed" && failed.reason === "e.io.obj.noexists", "a failure in the shape state");
const result = await me.inResult();
check(result.successful && result.data.price === 1.5, "the shape result");
const none = await me.inResult({ has: "no" });
check(!none.successful && none.code === "404", "a failure in the shape result");
const plain = await me.inOauth();
check(plain.price === 1.5, "the shape oauth");
try {
  await me.inOauth({ has: "no" });
  check(false, "a failure in the shape oauth is thrown");
} catch (err) {
  check(err instanceof ApiError && err.status === 404 && err.errCode === "invalid_request", "it names its code: " + String(err));
}

const picture = await stranger.authCaptcha({ site, account: "13900000000" });
check(picture.headers.get("content-type") === "image/png", "a picture comes as a response");

try {
  await stranger.authAccounts({ site });
  check(false, "strangers list no accounts");
} catch (err) {
  check(err instanceof ApiError && err.status === 403, "the engine's refusal is an ApiError");
}

// @ts-expect-error a parameter that the endpoint does not have
void stranger.authCheckme({ nothing: 1 });
// @ts-expect-error a wrong type
void me.itemsById({ id: 1 });
console.log("all calls answered");
