import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

// Node makes keys and signatures but no certificates, and openssl is not on every machine. What follows is the
// least of X.509 (RFC 5280) that a TLS client accepts, in DER (ITU-T X.690).

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  // Short form, or the number of the bytes that hold the length and then these.
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...items: Buffer[]) => der(0x30, ...items);
const set = (...items: Buffer[]) => der(0x31, ...items);
const explicit = (tag: number, content: Buffer) => der(0xa0 | tag, content);
const integer = (bytes: Buffer) => der(0x02, bytes);
const bitString = (bytes: Buffer) => der(0x03, Buffer.from([0]), bytes);
const utcTime = (at: Date) =>
  der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));

/** Object identifiers as they are encoded. */
const COMMON_NAME = der(0x06, Buffer.from("550403", "hex"));
const SUBJECT_ALT_NAME = der(0x06, Buffer.from("551d11", "hex"));
const BASIC_CONSTRAINTS = der(0x06, Buffer.from("551d13", "hex"));
const ECDSA_WITH_SHA256 = der(0x06, Buffer.from("2a8648ce3d040302", "hex"));
const TRUE = der(0x01, Buffer.from([0xff]));

const HOUR = 3_600_000;

/** PEM. */
export interface TestCertificate {
  cert: string;
  key: string;
}

interface Named {
  name: Buffer;
  privateKey: KeyObject;
}

/** An authority that nobody knows but who is given its certificate. */
export interface TestAuthority {
  ca: string;
  /** For `localhost`, or another host. Good from an hour ago, for as many hours as `hours` says; a negative number is over. */
  issue(options?: { host?: string; hours?: number }): TestCertificate;
}

/** A new key and a certificate for `localhost`, signed by itself and good for a day, both in PEM. */
export function localhostCertificate(): TestCertificate {
  const { cert, key } = makeCertificate({ name: "localhost", host: "localhost", hours: 24 });
  return { cert, key };
}

export function testAuthority(): TestAuthority {
  const { cert, named } = makeCertificate({ name: "Authority of a test", isAuthority: true, hours: 24 });
  return {
    ca: cert,
    issue({ host = "localhost", hours = 24 } = {}) {
      const { cert, key } = makeCertificate({ name: host, host, hours, issuer: named });
      return { cert, key };
    },
  };
}

function makeCertificate(options: {
  name: string;
  host?: string;
  hours: number;
  isAuthority?: boolean;
  issuer?: Named;
}): TestCertificate & { named: Named } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(options.name)))));
  const { host, issuer = { name, privateKey } } = options;
  const extensions = [
    ...(host === undefined
      ? []
      : [sequence(SUBJECT_ALT_NAME, der(0x04, sequence(der(0x82, Buffer.from(host)))))]),
    ...(options.isAuthority === true ? [sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE)))] : []),
  ];
  const end = Date.now() + options.hours * HOUR;
  const unsigned = sequence(
    // Version 3, the one with extensions.
    explicit(0, integer(Buffer.from([2]))),
    // The first bit says the sign.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(ECDSA_WITH_SHA256),
    issuer.name,
    sequence(utcTime(new Date(Math.min(Date.now(), end) - HOUR)), utcTime(new Date(end))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions)),
  );
  const signature = createSign("sha256").update(unsigned).sign(issuer.privateKey);
  const certificate = sequence(unsigned, sequence(ECDSA_WITH_SHA256), bitString(signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    named: { name, privateKey },
  };
}
