import { formatDuration, matchesGlob } from '../../shared';
import type { Access } from '../access';
import { isUp, type Holder } from '../holders';
import { namesOf, tagsOf, type NamedImage } from '../image-reference';
import { isBuiltIn } from '../network-summary';
import { helperLabel, isNeededByUpdate, throwawayLabel } from '../own-labels';
import { isAnonymous } from '../volume-summary';
import type { Inventory } from './inventory';
import { keepLabel, type KeptThing, type PlannedThing, type PrunePlan, type PruneRules } from './things';

const hourMs = 3_600_000;
/** On containers that this package makes for its own work, which clears them away itself. */
const ownLabels = [helperLabel, throwawayLabel];

/**
 * Decides what goes and what stays. It is the only place where that is decided, for the dry run and the real one alike.
 * What the rights do not cover is neither removed nor told.
 */
export function planPrune(inventory: Inventory, rules: PruneRules, access: Access): PrunePlan {
	const plan = new Plan(inventory.nowMs, rules);
	const containers = rules.containers ? planContainers(inventory, rules, access, plan) : new Set<string>();
	// What goes holds nothing any more.
	const holders = inventory.holders.filter(({ id }) => !containers.has(id));
	planImages(inventory, rules, access, holders, plan);
	planNetworks(inventory, access, holders, plan);
	planVolumes(inventory, rules, access, holders, plan);
	if (access.coversImage('')) planBuildCache(inventory, plan);
	return { remove: plan.remove, keep: plan.keep };
}

/** What all kinds have in common. */
class Plan {
	readonly remove: PlannedThing[] = [];
	readonly keep: KeptThing[] = [];

	constructor(
		private readonly nowMs: number,
		private readonly rules: PruneRules,
	) {}

	/** @param sinceMs from when its age counts; NaN where that is not known @returns whether it goes */
	decide(
		thing: PlannedThing,
		sinceMs: number,
		labels: Readonly<Record<string, string>>,
		kept?: string,
	): boolean {
		const stays = kept ?? this.keepsByRule(thing, labels) ?? this.isYoung(sinceMs);
		if (stays === undefined) this.remove.push(thing);
		else this.keep.push({ kind: thing.kind, name: thing.name, reason: stays, id: thing.id });
		return stays === undefined;
	}

	private keepsByRule(thing: PlannedThing, labels: Readonly<Record<string, string>>): string | undefined {
		const mark = labels[keepLabel];
		if (mark !== undefined && mark !== 'false') return `it carries the label ${keepLabel}`;
		const names = thing.names ?? (thing.name === null ? [] : [thing.name]);
		const pattern = this.rules.keep.find((one) => names.some((name) => matchesGlob(one, name)));
		return pattern === undefined ? undefined : `its name fits "${pattern}"`;
	}

	private isYoung(sinceMs: number): string | undefined {
		const { olderThanHours } = this.rules;
		if (olderThanHours <= 0) return undefined;
		if (Number.isNaN(sinceMs)) return 'its age is not known';
		const ageMs = this.nowMs - sinceMs;
		if (ageMs >= olderThanHours * hourMs) return undefined;
		return `it is ${formatDuration(Math.max(0, ageMs))} old, less than ${olderThanHours} hours`;
	}
}

function planContainers(
	{ holders, stopped }: Inventory,
	rules: PruneRules,
	access: Access,
	plan: Plan,
): Set<string> {
	const going = new Set<string>();
	for (const holder of holders) {
		const { id, name, state, labels, sizeBytes, createdAtMs } = holder;
		const isOwn = ownLabels.some((label) => labels[label] !== undefined);
		if (isUp(state) || isOwn || isNeededByUpdate(holder, holders) || !access.covers(name)) continue;
		const about = stopped.get(id);
		const policy = about?.restartPolicy ?? 'no';
		const held = rules.holds.find(({ container }) => container === id || container === '*');
		const kept = held
			? held.reason
			: !about
				? 'the engine did not tell enough of it'
				: about.protectedBecause !== undefined
					? `it is protected: ${about.protectedBecause}`
					: policy !== 'no' && !rules.services
						? `it has the restart policy "${policy}": somebody has stopped it, and may want it again`
						: undefined;
		const reason = state === 'created' ? 'it was never started' : `it does not run (${state})`;
		const thing: PlannedThing = { kind: 'container', name, sizeBytes, reason, id };
		if (plan.decide(thing, about?.finishedAtMs ?? createdAtMs, labels, kept)) going.add(id);
	}
	return going;
}

function planImages(
	{ images }: Inventory,
	rules: PruneRules,
	access: Access,
	holders: readonly Holder[],
	plan: Plan,
): void {
	const used = new Set(holders.map(({ imageId }) => imageId));
	const going = new Set<string>();
	// An image goes only after those that are built on it, which are newer.
	const newestFirst = [...images].sort((a, b) => b.Created - a.Created);
	let left = newestFirst.filter((image) => !used.has(image.Id) && isAskedFor(image, rules));
	for (let before = -1; before !== left.length;) {
		before = left.length;
		left = left.filter((image) => {
			if (images.some(({ Id, ParentId }) => ParentId === image.Id && !going.has(Id))) return true;
			decideImage(image);
			return false;
		});
	}
	for (const image of left) decideImage(image, 'another image is built on it');

	function decideImage(image: Inventory['images'][number], kept?: string): void {
		const names = namesOf(image);
		const covered = names.filter((name) => access.coversImage(name));
		if (names.length === 0 ? !access.coversImage('') : covered.length === 0) return;
		const shared = image.SharedSize ?? -1;
		const thing: PlannedThing = {
			kind: 'image',
			name: covered[0] ?? null,
			names,
			sizeBytes: shared >= 0 ? Math.max(0, image.Size - shared) : image.Size,
			reason: tagsOf(image).length === 0 ? 'it has no name any more' : 'no container was made from it',
			id: image.Id,
		};
		const whole = covered.length === names.length;
		const why = kept ?? (whole ? undefined : 'the credential does not cover all of its names');
		if (plan.decide(thing, image.cameAtMs, image.Labels, why)) going.add(image.Id);
	}
}

function isAskedFor(image: NamedImage, { images }: PruneRules): boolean {
	return images === 'unused' || (images === 'dangling' && tagsOf(image).length === 0);
}

function planNetworks({ networks }: Inventory, access: Access, holders: readonly Holder[], plan: Plan): void {
	const used = new Set(holders.flatMap((holder) => holder.networks));
	for (const network of networks) {
		const { Id: id, Name: name, Labels, Scope, Created } = network;
		if (isBuiltIn(network) || !access.coversNetwork(name) || used.has(id) || used.has(name)) continue;
		const kept = Scope !== '' && Scope !== 'local' ? 'it belongs to a swarm' : undefined;
		const reason = 'no container is connected to it';
		plan.decide({ kind: 'network', name, sizeBytes: 0, reason, id }, Date.parse(Created ?? ''), Labels, kept);
	}
}

function planVolumes(
	{ volumes }: Inventory,
	rules: PruneRules,
	access: Access,
	holders: readonly Holder[],
	plan: Plan,
): void {
	const used = new Set(holders.flatMap((holder) => holder.volumes));
	for (const volume of volumes) {
		const { Name: name, Labels, CreatedAt, UsageData } = volume;
		if (used.has(name) || !access.coversVolume(name)) continue;
		if (rules.volumes !== 'all' && !(rules.volumes === 'anonymous' && isAnonymous(volume))) continue;
		const sizeBytes = UsageData && UsageData.Size >= 0 ? UsageData.Size : null;
		const reason = 'no container has it';
		const thing: PlannedThing = { kind: 'volume', name, sizeBytes, reason, id: name };
		plan.decide({ ...thing, createdAt: CreatedAt ?? null }, Date.parse(CreatedAt ?? ''), Labels);
	}
}

function planBuildCache({ buildCache }: Inventory, plan: Plan): void {
	for (const { ID: id, Description, InUse, Shared, Size, CreatedAt, LastUsedAt } of buildCache) {
		if (InUse) continue;
		const thing: PlannedThing = {
			kind: 'buildCache',
			name: Description || null,
			// What it shares with an image stays with that.
			sizeBytes: Shared ? 0 : Size,
			reason: 'no build uses it',
			id,
		};
		plan.decide(thing, Date.parse(LastUsedAt || CreatedAt || ''), {});
	}
}
