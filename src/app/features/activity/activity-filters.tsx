import { activityActions, activityOutcomes } from "#contract/activity.ts";
import { FilterSelect, FiltersPopover } from "#app/table/filters-popover.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { useSay } from "#app/ui/vocabulary.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import type { ActivityIndex } from "./activity-index.ts";
import styles from "./activity-toolbar.module.css";
import { hasFilters, periodKeys, withoutFilters, type ActivityView } from "./activity-view-state.ts";
import { actionWords, kindWords, outcomeWords, periodWords } from "./activity-words.ts";

export interface ActivityFiltersProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
  view: ActivityView;
  index: ActivityIndex;
  hasKinds: boolean;
  onChange: (change: Partial<ActivityView>) => void;
}

/** UTF-16 units. */
const LONGEST_NAME = 100;

const kinds = ["database", "management"] as const;

export function ActivityFilters(props: ActivityFiltersProps) {
  const { open, anchor, onClose, view, index, hasKinds, onChange } = props;
  const say = useSay();
  // Counting who there is takes a moment, and is of use only here.
  const people = open ? index.people() : [];
  return (
    <FiltersPopover
      open={open}
      anchor={anchor}
      onClose={onClose}
      hasFilters={hasFilters(view)}
      onClear={() => onChange(withoutFilters(view))}
      className={styles.filters}
    >
      <Choices
        legend="Action"
        values={activityActions}
        chosen={view.actions}
        nameOf={(action) => say(actionWords[action])}
        onChange={(actions) => onChange({ actions })}
      />
      <Choices
        legend="Outcome"
        values={activityOutcomes}
        chosen={view.outcomes}
        nameOf={(outcome) => outcomeWords[outcome]}
        onChange={(outcomes) => onChange({ outcomes })}
      />
      {hasKinds && (
        <FilterSelect
          label="Kind"
          any="Any kind"
          value={view.kind}
          options={kinds.map((value) => ({ value, label: kindWords[value] }))}
          onChange={(kind) => onChange({ kind })}
        />
      )}
      <FilterSelect
        label="Who"
        any="Anybody"
        value={view.actor}
        options={[
          // A link may name somebody who did nothing that is read.
          ...(view.actor === undefined || people.some(({ name }) => name === view.actor)
            ? []
            : [{ value: view.actor, label: visibleText(view.actor, LONGEST_NAME) }]),
          ...people.map(({ name, count }) => ({
            value: name,
            label: `${visibleText(name, LONGEST_NAME)} (${count})`,
          })),
        ]}
        onChange={(actor) => onChange({ actor })}
      />
      <FilterSelect
        label="Period"
        any="All time"
        value={view.period}
        options={periodKeys.map((value) => ({ value, label: periodWords[value] }))}
        onChange={(period) => onChange({ period })}
      />
    </FiltersPopover>
  );
}

interface ChoicesProps<T extends string> {
  legend: string;
  values: readonly T[];
  chosen: readonly T[] | undefined;
  nameOf: (value: T) => string;
  onChange: (chosen: readonly T[] | undefined) => void;
}

/** Any of them; none ticked means all. */
function Choices<T extends string>({ legend, values, chosen = [], nameOf, onChange }: ChoicesProps<T>) {
  return (
    <fieldset className={styles.choices}>
      <legend>{legend}</legend>
      <div className={styles.choiceList}>
        {values.map((value) => (
          <Checkbox
            key={value}
            label={nameOf(value)}
            checked={chosen.includes(value)}
            onChange={(on) => {
              const next = values.filter((each) => (each === value ? on : chosen.includes(each)));
              onChange(next.length === 0 ? undefined : next);
            }}
          />
        ))}
      </div>
    </fieldset>
  );
}
