// Loaded into the process of somebody else's program (node --import): it reaches nothing but this machine.
import { Socket } from "node:net";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);
const connect = Socket.prototype.connect;

Socket.prototype.connect = function connectToLoopback(...args) {
  // net.connect hands its arguments on as one array, with the options first.
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host =
    typeof first === "object" ? (first.path ?? first.host ?? "localhost") : (args[1] ?? "localhost");
  if (!LOOPBACK.has(host)) throw new Error(`Only this machine may be reached, not ${host}.`);
  return Reflect.apply(connect, this, args);
};
