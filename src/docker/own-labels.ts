/** Marks every helper container, which this package makes for its own work on volumes and host paths. */
export const helperLabel = 'opsdesk.helper';
/** Marks containers that are made for the time of a test alone. */
export const throwawayLabel = 'opsdesk.throwaway';
/** On a container that an update has made: full id of the container whose place it takes. */
export const replacesLabel = 'opsdesk.update.replaces';
/** On the same: what the rest of the update needs to know when the process that updates is gone. */
export const planLabel = 'opsdesk.update.plan';
/** End of its name until the update has proved it. */
export const trialSuffix = '-opsdesk-new';
/** End of the name of the container whose place is taken, until it is removed. */
export const asideSuffix = '-opsdesk-old';

/** Whether an update only tries a container; the label stays on it for good, the name does not. */
export function isUpdateTrial(name: string, labels: Readonly<Record<string, string>>): boolean {
	return Boolean(labels[replacesLabel]) && name.endsWith(trialSuffix);
}

/**
 * Whether an update that is not finished, or was cut off, still needs a container: what it tries, or what it replaces.
 *
 * @param all containers of the engine, this one too
 */
export function isNeededByUpdate(
	{ id, name, labels }: LabelledContainer,
	all: readonly LabelledContainer[],
): boolean {
	if (isUpdateTrial(name, labels)) return true;
	return all.some((other) => other.labels[replacesLabel] === id || other.id === labels[replacesLabel]);
}

interface LabelledContainer {
	/** Full id. */
	id: string;
	name: string;
	labels: Readonly<Record<string, string>>;
}
