import * as fc from "fast-check";
import type { Permission } from "#contract/permission.ts";
import type { EditableContent } from "#app/features/token-form/permission-merge.ts";
import * as browser from "./browser.ts";
import * as program from "./program.ts";
import type { Told } from "./oracle.ts";
import { anyTroubles, type Troubles } from "./troubles.ts";
import type { BrowserName, ClientName, World } from "./world.ts";

/** What commands need to know of before they can be given. */
export interface Model {
  /** Browsers with an open dialog. */
  forms: Set<BrowserName>;
  /** Rotations that are begun and not ended. */
  turns: number;
}

/** The world with what its browsers have open, and what happened so far. */
export interface Scene {
  world: World;
  forms: Map<BrowserName, browser.Form>;
  turns: browser.Turn[];
  /** What happened, a line each. */
  lines: string[];
}

export type Story = Iterable<fc.AsyncCommand<Model, Scene>>;

/** What a client is about to do, and how; `words` say what, of which token. */
interface Deed {
  words: string;
  act(): Promise<Told[]>;
}

/** Something that a client may set out to do. Undefined: there is nothing to do it with. */
interface Intention {
  isPossible?(model: Model): boolean;
  plan(scene: Scene): Promise<Deed | undefined>;
}

interface Doing {
  name: ClientName;
  intention: Intention;
  troubles: Troubles;
}

const BROWSERS = ["browser A", "browser B"] as const satisfies readonly BrowserName[];

const anyPermission: fc.Arbitrary<Permission> = fc.record({
  action: fc.constantFrom("read", "write"),
  resource: fc.constantFrom("orders", "stock", "weather"),
});
const anyPermissions = fc.uniqueArray(anyPermission, {
  maxLength: 3,
  selector: ({ action, resource }) => `${action} ${resource}`,
});
/** Which token, see World.tokenAt. Few, so that several have to do with the same one. */
const anyPlace = fc.nat({ max: 3 });

async function tokenAt({ world }: Scene, place: number) {
  const token = await world.tokenAt(place);
  return token && { id: token.id, called: `"${token.description}"` };
}

/** An intention on the token at a place. */
function on(place: number, deed: (scene: Scene, token: { id: string; called: string }) => Deed): Intention {
  return {
    async plan(scene) {
      const token = await tokenAt(scene, place);
      return token && deed(scene, token);
    },
  };
}

type Edit = (content: EditableContent) => EditableContent;

/** What somebody does to a form: the description anew, a permission more or less, or both. */
function edited(name: string | undefined, grant: Permission | undefined, takesOne: boolean): Edit {
  return ({ description, permissions }) => {
    const kept = takesOne ? permissions.slice(1) : permissions;
    const isNew = grant !== undefined && !kept.some((one) => isSame(one, grant));
    return { description: name ?? description, permissions: isNew ? [...kept, grant] : kept };
  };
}

const isSame = (one: Permission, other: Permission) =>
  one.action === other.action && one.resource === other.resource;

const anyEdit = fc.record({
  describes: fc.boolean(),
  grant: fc.option(anyPermission, { nil: undefined, freq: 3 }),
  takesOne: fc.boolean(),
});

function intentionsOf(name: BrowserName): fc.Arbitrary<Intention> {
  const client = (scene: Scene) => scene.world.client(name);
  const creates = anyPermissions.map((permissions): Intention => {
    return {
      plan: async (scene) => {
        const description = scene.world.newName(name);
        const words = `${name} creates "${description}"`;
        return {
          words,
          act: () => browser.create(scene.world, client(scene), words, description, permissions),
        };
      },
    };
  });
  const revokes = anyPlace.map((place) =>
    on(place, (scene, { id, called }) => {
      const words = `${name} revokes ${called}`;
      return { words, act: () => browser.revoke(client(scene), words, id) };
    }),
  );
  const opens = fc.tuple(anyPlace, anyEdit).map(([place, { describes, grant, takesOne }]) => ({
    // It stays open until it is saved: meanwhile somebody else may change the token.
    isPossible: ({ forms }: Model) => !forms.has(name),
    ...on(place, (scene, { id, called }) => {
      const newName = describes ? scene.world.newName(name) : undefined;
      const wishes = [
        ...(newName === undefined ? [] : [`types "${newName}"`]),
        ...(takesOne ? ["takes a permission away"] : []),
        ...(grant === undefined ? [] : [`grants ${grant.action} ${grant.resource}`]),
      ];
      return {
        words: [`${name} opens ${called}`, ...wishes].join(", "),
        act: async () => {
          const form = await browser.open(id, edited(newName, grant, takesOne));
          if (form !== undefined) scene.forms.set(name, form);
          return [];
        },
      };
    }),
  }));
  const saves = fc.constant<Intention>({
    isPossible: ({ forms }) => forms.has(name),
    plan: async (scene) => {
      const form = scene.forms.get(name);
      if (form === undefined) return undefined;
      const how = form.doubt === undefined ? "saves" : "looks again what became of";
      const words = `${name} ${how} the form of "${form.base.token.description}"`;
      return {
        words,
        act: async () => {
          const { told, form: left } = await browser.save(client(scene), words, form);
          if (left === undefined) scene.forms.delete(name);
          else scene.forms.set(name, left);
          return told;
        },
      };
    },
  });
  const suspends = anyPlace.map((place) =>
    on(place, (scene, { id, called }) => {
      const words = `${name} suspends or restores ${called}`;
      return { words, act: () => browser.suspendOrRestore(client(scene), words, id) };
    }),
  );
  const runs = fc.uniqueArray(anyPlace, { minLength: 2, maxLength: 3 }).map((places): Intention => ({
    plan: async (scene) => {
      const found = await Promise.all(places.map((place) => tokenAt(scene, place)));
      const called = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.id, one.called]])));
      const words = `${name} revokes in one run ${[...called.values()].join(", ")}`;
      return called.size === 0
        ? undefined
        : { words, act: () => browser.revokeMany(client(scene), words, called) };
    },
  }));
  const rotates = anyPlace.map((place) =>
    on(place, (scene, old) => {
      const description = scene.world.newName(name);
      const words = `${name} begins to rotate ${old.called} as "${description}"`;
      return {
        words,
        act: async () => {
          const { told, turn } = await browser.beginRotation(
            scene.world,
            client(scene),
            words,
            old,
            description,
          );
          if (turn !== undefined) scene.turns.push(turn);
          return told;
        },
      };
    }),
  );
  const finishes = anyPlace.map((place): Intention => ({
    isPossible: ({ turns }) => turns > 0,
    plan: async (scene) => {
      const turn = scene.turns[place % Math.max(1, scene.turns.length)];
      if (turn === undefined) return undefined;
      const words = `${name} ends the rotation of ${turn.called}`;
      return {
        words,
        act: async () => {
          const { told, isOver, wrong } = await browser.finishRotation(
            scene.world,
            client(scene),
            words,
            turn,
          );
          if (isOver) scene.turns = scene.turns.filter((other) => other !== turn);
          if (wrong.length > 0) throw new Error(wrong.join("\n"));
          return told;
        },
      };
    },
  }));
  return fc.oneof(
    { weight: 4, arbitrary: creates },
    { weight: 2, arbitrary: revokes },
    { weight: 4, arbitrary: opens },
    { weight: 5, arbitrary: saves },
    { weight: 2, arbitrary: suspends },
    { weight: 1, arbitrary: runs },
    { weight: 2, arbitrary: rotates },
    { weight: 2, arbitrary: finishes },
  );
}

const anyManners: fc.Arbitrary<program.Manners> = fc.record({ key: fc.boolean(), ifMatch: fc.boolean() });

function mannersWords({ key, ifMatch }: program.Manners): string {
  const with_ = [...(key ? ["a key"] : []), ...(ifMatch ? ["If-Match"] : [])];
  return with_.length === 0 ? "" : `, with ${with_.join(" and ")},`;
}

function intentionsOfProgram(isDoubled: boolean): fc.Arbitrary<Intention> {
  const name = "the program";
  const creates = fc.tuple(anyPermissions, fc.boolean()).map(([permissions, key]): Intention => ({
    plan: async (scene) => {
      const description = scene.world.newName(name);
      const manners = { key, ifMatch: false };
      const words = `${name}${mannersWords(manners)} creates "${description}"`;
      // Without a key nobody can tell the second from the first.
      const most = isDoubled && !key ? 2 : 1;
      return {
        words,
        act: () => program.create(scene.world, words, description, permissions, manners, most),
      };
    },
  }));
  const revokes = fc.tuple(anyPlace, fc.boolean()).map(([place, key]) =>
    on(place, (_scene, { id, called }) => {
      const manners = { key, ifMatch: false };
      const words = `${name}${mannersWords(manners)} revokes ${called}`;
      return { words, act: () => program.revoke(words, id, manners) };
    }),
  );
  const updates = fc.tuple(anyPlace, anyPermission, anyManners).map(([place, more, manners]) =>
    on(place, (scene, { id, called }) => {
      const description = scene.world.newName(name);
      const words = `${name}${mannersWords(manners)} makes ${called} "${description}" with ${more.action} ${more.resource}`;
      return { words, act: () => program.update(words, id, description, more, manners) };
    }),
  );
  const suspends = fc.tuple(anyPlace, anyManners).map(([place, manners]) =>
    on(place, (_scene, { id, called }) => {
      const words = `${name}${mannersWords(manners)} suspends or restores ${called}`;
      return { words, act: () => program.suspendOrRestore(words, id, manners) };
    }),
  );
  return fc.oneof(
    { weight: 2, arbitrary: creates },
    { weight: 1, arbitrary: revokes },
    { weight: 3, arbitrary: updates },
    { weight: 2, arbitrary: suspends },
  );
}

function doingsOf(name: ClientName): fc.Arbitrary<Doing> {
  return anyTroubles.chain((troubles) =>
    (name === "the program" ? intentionsOfProgram(troubles.isDoubled) : intentionsOf(name)).map(
      (intention) => ({ name, intention, troubles }),
    ),
  );
}

/** One client does something, or two do at the same time. */
class Act implements fc.AsyncCommand<Model, Scene> {
  readonly #doings: readonly Doing[];

  constructor(doings: readonly Doing[]) {
    this.#doings = doings;
  }

  check(model: Readonly<Model>): boolean {
    return this.#doings.every(({ intention }) => intention.isPossible?.(model) ?? true);
  }

  async run(model: Model, scene: Scene): Promise<void> {
    const planned: { name: ClientName; troubles: Troubles; deed: Deed }[] = [];
    for (const { name, intention, troubles } of this.#doings) {
      const deed = await intention.plan(scene);
      if (deed !== undefined) planned.push({ name, troubles, deed });
    }
    if (planned.length === 0) return;
    const said = planned.map(({ deed, troubles }) => `${deed.words}${String(troubles)}`);
    const together = said.length > 1 ? "at the same time: " : "";
    const line = scene.lines.push(together + said.join(" | ")) - 1;
    await scene.world.live(
      planned.map(({ name, troubles, deed }) => ({ name, troubles, act: () => deed.act() })),
      (heard) => {
        if (heard.length === 0) return;
        scene.lines[line] += ` → ${heard.map(({ outcome }) => OUTCOMES[outcome]).join(", ")}`;
      },
    );
    model.forms = new Set(scene.forms.keys());
    model.turns = scene.turns.length;
  }

  toString(): string {
    return this.#doings.map(({ name }) => name).join(" and ");
  }
}

const OUTCOMES = { done: "done", not_done: "not done", unknown: "unknown", gone: "gone" } as const;

/** Somebody reads the whole list. */
class Look implements fc.AsyncCommand<Model, Scene> {
  readonly #name: ClientName;
  readonly #troubles: Troubles;

  constructor(name: ClientName, troubles: Troubles) {
    this.#name = name;
    this.#troubles = troubles;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, { world, lines }: Scene): Promise<void> {
    lines.push(`${this.#name} reads the list${String(this.#troubles)}`);
    await world.look(this.#name, this.#troubles, () =>
      this.#name === "the program"
        ? program.lookAtList(world)
        : browser.lookAtList(world, world.client(this.#name)),
    );
  }

  toString(): string {
    return `${this.#name} looks`;
  }
}

/** Stories of what two browsers and a program do, one after the other and two at a time, while their lines fail. */
export function anyStory(constraints: {
  length: number;
  replayPath?: string | undefined;
}): fc.Arbitrary<Story> {
  const anyBrowser = fc.constantFrom(...BROWSERS);
  const ofBrowsers = anyBrowser.chain((name) => doingsOf(name).map((doing) => new Act([doing])));
  const ofProgram = doingsOf("the program").map((doing) => new Act([doing]));
  const ofTwo = fc
    .constantFrom<readonly [ClientName, ClientName]>(
      ["browser A", "browser B"],
      ["browser A", "the program"],
      ["browser B", "the program"],
    )
    .chain(([one, other]) => fc.tuple(doingsOf(one), doingsOf(other)).map((both) => new Act(both)));
  const looks = fc
    .tuple(fc.constantFrom<ClientName>(...BROWSERS, "the program"), anyTroubles)
    .map(([name, troubles]) => new Look(name, troubles));
  // Each kind is as likely as any other: what stands here more often happens more often.
  return fc.commands<Model, Scene, false>([ofBrowsers, ofBrowsers, ofProgram, ofTwo, looks], {
    maxCommands: constraints.length,
    size: "max",
    ...(constraints.replayPath === undefined ? {} : { replayPath: constraints.replayPath }),
  });
}
