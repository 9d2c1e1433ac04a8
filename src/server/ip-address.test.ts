import { expect, test } from "vitest";
import { addressOfHop, canonicalAddress, parseAddresses } from "./ip-address.ts";
import { StartError } from "./start-error.ts";

test("an address has one spelling", () => {
  for (const [text, canonical] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
  ]) {
    expect(canonicalAddress(text ?? ""), text).toBe(canonical);
  }
  for (const text of ["", "unknown", "localhost", "1.2.3", "256.1.1.1", "1.2.3.4:80", "[::1]", "::1]/x"]) {
    expect(canonicalAddress(text), text).toBeUndefined();
  }
});

test("a hop may carry a port", () => {
  expect(addressOfHop("192.0.2.1:4711")).toBe("192.0.2.1");
  expect(addressOfHop("[2001:db8::1]:4711")).toBe("2001:db8::1");
  expect(addressOfHop("[2001:db8::1]")).toBe("2001:db8::1");
  expect(addressOfHop("2001:db8::1")).toBe("2001:db8::1");
  for (const hop of ["unknown", "_hidden", "proxy.example:80", ""]) expect(addressOfHop(hop)).toBeUndefined();
});

test("a list holds addresses and networks, however they are spelt", () => {
  const list = parseAddresses(" 10.0.0.1, ::ffff:10.0.0.2 ,192.168.0.0/16,2001:db8:0::/48,FE80:0::1", "--x");
  for (const address of ["10.0.0.1", "10.0.0.2", "192.168.7.7", "2001:db8::9", "fe80::1"]) {
    expect(list.has(address), address).toBe(true);
  }
  for (const address of ["10.0.0.3", "192.169.0.1", "2001:db8:1::1", "fe80::2"]) {
    expect(list.has(address), address).toBe(false);
  }
  expect(parseAddresses("", "--x").size).toBe(0);
});

test("what is no address is quoted", () => {
  for (const entry of [
    "proxy.example",
    "10.0.0.0/33",
    "10.0.0.0/",
    "::/129",
    "10.0.0.0/8/8",
    "10.0.0.1:80",
  ]) {
    expect(() => parseAddresses(`10.0.0.1,${entry}`, "--trusted-proxy"), entry).toThrow(StartError);
    expect(() => parseAddresses(`10.0.0.1,${entry}`, "--trusted-proxy"), entry).toThrow(
      `--trusted-proxy takes IP addresses and networks such as 10.0.0.0/8, separated by commas; "${entry}" is neither.`,
    );
  }
});
