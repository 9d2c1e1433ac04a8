import { cellName, cellsOf } from "./fault-matrix/matrix.ts";
import { test } from "./fault-matrix/rig.ts";
import { leaveStage, setStage } from "./fault-matrix/scenario.ts";
import { specialFor } from "./fault-matrix/special.ts";

for (const placed of cellsOf().filter(({ cell }) => cell.by === "scenario")) {
  test(cellName(placed), async ({ rig }) => {
    const stage = await setStage(rig, placed);
    await specialFor(placed.operation, placed.fault)(stage);
    await leaveStage(stage);
  });
}
