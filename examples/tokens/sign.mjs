// Signs a token for the user who is logged in: node sign.mjs (needs nothing but Node)
import { randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const { AUDIENCE: aud, ISSUER: iss, KID: kid, SIGNING_KEY } = process.env;

const key = readFileSync(SIGNING_KEY);
const iat = Math.floor(Date.now() / 1000);
const claims = { iss, aud, sub: "alice", org: "rose", iat, exp: iat + 60, jti: randomUUID() };
const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const content = `${encode({ alg: "RS256", kid })}.${encode(claims)}`;
const token = `${content}.${sign("sha256", content, key).toString("base64url")}`;
console.log(token);
