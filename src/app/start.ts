import "#app/styles/fonts.css";
import "#app/styles/tokens.css";
import "#app/styles/base.css";
import { clustersQuery } from "./features/clusters/cluster-queries.ts";
import { sessionQuery, watchSession } from "./features/session/session-queries.ts";
import { paintFirstPicture } from "./pages/first-picture.tsx";
import { createQueryClient } from "./query-client.ts";
import { takeStartData } from "./start-data.ts";

// What main.tsx begins with. It waits at its end: the rest of the code, react-dom above all, runs when the first picture
// is painted.

export const client = createQueryClient();
watchSession(client);

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no #root.");
export const root = element;

const start = takeStartData();
if (start !== undefined) {
  client.setQueryData(sessionQuery().queryKey, start.session);
  if (start.clusters !== undefined) client.setQueryData(clustersQuery().queryKey, start.clusters);
  // A page without it is there a moment later.
  await paintFirstPicture(client, start, root).catch(reportError);
}
