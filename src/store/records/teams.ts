import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, textField, valid } from './input';
import { memberName, memberSchema, type Member, type MemberName } from './members';

const teamNameField = textField(200);
const nameSchema = z.union([z.strictObject({ teamId: idField }), z.strictObject({ team: teamNameField })], {
	error: 'must name a team by a whole number as id, or by its name',
});
export type TeamName = z.input<typeof nameSchema>;

const memberIds = z.array(idField).max(1000);
const fieldsSchema = z.strictObject({
	name: teamNameField.optional(),
	/** All of them: who is not in the list leaves the team. */
	memberIds: memberIds.optional(),
});
export type TeamFields = z.input<typeof fieldsSchema>;

const teamSchema = z.object({
	id: z.number(),
	name: z.string(),
	createdAt: z.string(),
	updatedAt: z.string(),
	members: z.array(
		z.object({ id: z.number(), name: z.string(), role: memberSchema.shape.role, onDuty: z.boolean() }),
	),
});
export type Team = z.output<typeof teamSchema>;

const one = { answer: teamSchema, repeatable: true };
const teamName = (which: TeamName): TeamName => valid(nameSchema, which);

/**
 * Makes a team, or renames it and sets its members.
 * @throws StoreError `conflict` when another team has the name; `not_found` for an id or a member that is not there
 */
export async function saveTeam(
	store: Store,
	which: TeamName,
	fields: TeamFields = {},
): Promise<Team & { created: boolean }> {
	const request = { ...teamName(which), set: valid(fieldsSchema, fields) };
	const answer = teamSchema.extend({ created: z.boolean() });
	return await store.call('save_team', request, { answer, repeatable: true });
}

/** @throws StoreError `not_found` */
export async function getTeam(store: Store, which: TeamName): Promise<Team> {
	return await store.call('get_team', teamName(which), one);
}

/** With their members, and who of them is on duty. @throws StoreError */
export async function getTeams(store: Store, options: PageOptions = {}): Promise<Page<Team>> {
	return await page(store, 'get_teams', {}, pageSchema(teamSchema), options);
}

const removedSchema = z.object({
	/** False when there was none. */
	deleted: z.boolean(),
	/** `toMember`: stays with its member, without a team. `unassigned`: has neither any more. */
	conversations: z.object({ toMember: z.number(), unassigned: z.number() }),
	members: z.number(),
});
export type RemovedTeam = z.output<typeof removedSchema>;

/** Its conversations stay with their members, and without one fall back to everybody. @throws StoreError */
export async function removeTeam(store: Store, which: TeamName): Promise<RemovedTeam> {
	return await store.call('remove_team', teamName(which), { answer: removedSchema, repeatable: true });
}

/**
 * @param how `replace` makes the list the whole team, `add` and `remove` change it; who stays in the team stays on or off
 *   duty
 * @param onDuty of who is new; default true
 * @throws StoreError `not_found` naming the member that is not there
 */
export async function setTeamMembers(
	store: Store,
	which: TeamName,
	members: number[],
	{ how = 'replace', onDuty = true }: { how?: 'replace' | 'add' | 'remove'; onDuty?: boolean } = {},
): Promise<Team> {
	const request = { ...teamName(which), memberIds: valid(memberIds, members), how, onDuty };
	return await store.call('set_team_members', request, one);
}

/** @param which default: in all teams of the member @throws StoreError `not_found`, also for who is in no such team */
export async function setOnDuty(
	store: Store,
	who: MemberName,
	onDuty: boolean,
	which?: TeamName,
): Promise<Member> {
	const request = { ...memberName(who), ...(which && teamName(which)), onDuty };
	return await store.call('set_on_duty', request, { answer: memberSchema, repeatable: true });
}

const dutySchema = z.object({
	/** `leaders`: nobody is on duty, so these are the admins and managers of the tenant. */
	source: z.enum(['duty', 'leaders']),
	members: z.array(memberSchema),
});
export type OnDuty = z.output<typeof dutySchema>;

/** Who is to be told now. @param which default: all teams @throws StoreError `not_found` */
export async function getOnDuty(store: Store, which?: TeamName): Promise<OnDuty> {
	const request = which ? teamName(which) : {};
	return await store.call('get_on_duty', request, { answer: dutySchema, repeatable: true });
}
