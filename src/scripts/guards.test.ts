import { describe, expect, test } from "vitest";
import { documentFaults, lockFileFaults, projectFaults, runtimeDependencyFaults } from "./guards.ts";

const noneOnDisk = () => undefined;

describe("lock file", () => {
  test("refuses a download host", () => {
    const packages = {
      "node_modules/a": { resolved: "https://registry.example/a.tgz" },
      "node_modules/b": {},
    };
    expect(lockFileFaults({ packages })).toEqual([
      "package-lock.json names a download host for node_modules/a",
    ]);
  });

  test("refuses a platform's package that is named and not there", () => {
    const packages = {
      "node_modules/tool": { optionalDependencies: { "@tool/linux": "1.0.0", "@tool/darwin": "1.0.0" } },
      "node_modules/@tool/linux": {},
    };
    expect(lockFileFaults({ packages })).toEqual([
      "package-lock.json lacks @tool/darwin, which node_modules/tool has for some platform",
    ]);
  });
});

describe("21. runtime dependencies", () => {
  test.each([
    [{ license: "GPL-3.0" }, "node_modules/a has the licence GPL-3.0"],
    [{ license: "MIT AND GPL-3.0" }, "node_modules/a has the licence MIT AND GPL-3.0"],
    [{}, "node_modules/a states no licence"],
    [{ license: "MIT", hasInstallScript: true }, "node_modules/a wants to run an install script"],
  ])("refuses %j", (entry, fault) => {
    expect(runtimeDependencyFaults({ packages: { "node_modules/a": entry } }, noneOnDisk)).toEqual([fault]);
  });

  test.each([{ license: "MIT" }, { license: "(GPL-3.0 OR MIT)" }, { license: "GPL-3.0", dev: true }])(
    "accepts %j",
    (entry) => {
      expect(runtimeDependencyFaults({ packages: { "node_modules/a": entry } }, noneOnDisk)).toEqual([]);
    },
  );
});

describe("documents", () => {
  test.each([
    ["see src/server/app.ts:12", "README.md names a line number: src/server/app.ts:12"],
    ["look at line 40 of it", "README.md names a line number: line 40"],
    ["`npm run nothing`", "README.md names a command that does not exist: npm run nothing"],
  ])("refuses %j", (text, fault) => {
    expect(documentFaults("README.md", text, { start: "", bench: "" })).toEqual([fault]);
  });

  test("accepts commands that exist and addresses with a port", () => {
    const text = "npm ci && npm start, npm run bench, http://localhost:4600/";
    expect(documentFaults("README.md", text, { start: "", bench: "" })).toEqual([]);
  });
});

test("21. this project has no fault: lock file, licences, install scripts, documents", () => {
  expect(projectFaults()).toEqual([]);
});
