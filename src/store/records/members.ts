import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { idField, platformField, textField, valid } from './input';

const roleField = z.enum(['admin', 'manager', 'observer']);
export type MemberRole = z.output<typeof roleField>;

const emailField = textField(320).refine((text) => /^[^\s@]+@[^\s@]+$/.test(text), {
	error: 'must be an e-mail address',
});
/** Subject of the tokens a person signs in with. */
const userIdField = z.guid({ error: 'must be a UUID' });
/** How a member appears on a channel: what comes from there is no message of a contact. */
const identityField = z.strictObject({ platform: platformField, id: textField(255) });

const nameSchema = z.union(
	[
		z.strictObject({ memberId: idField }),
		z.strictObject({ email: emailField }),
		z.strictObject({ userId: userIdField }),
		z.strictObject({ identity: identityField }),
	],
	{
		error: 'must name a member by a whole number as id, an e-mail, a UUID as user id, or an id on a platform',
	},
);
/** One way to name a member. Who was removed is found by the first three. */
export type MemberName = z.input<typeof nameSchema>;

const fieldsSchema = z.strictObject({
	name: textField(200).optional(),
	email: emailField.nullable().optional(),
	userId: userIdField.nullable().optional(),
	role: roleField.optional(),
	/** All of them: one that is not in the list is taken away. */
	identities: z.array(identityField).max(50).optional(),
});
/** Null empties a field. */
export type MemberFields = z.input<typeof fieldsSchema>;

export const memberSchema = z.object({
	id: z.number(),
	name: z.string(),
	email: z.string().optional(),
	userId: z.string().optional(),
	role: roleField,
	removedAt: z.string().optional(),
	createdAt: z.string(),
	updatedAt: z.string(),
	identities: z.array(z.object({ platform: z.string(), id: z.string() })),
	teams: z.array(z.object({ id: z.number(), name: z.string(), onDuty: z.boolean() })),
});
export type Member = z.output<typeof memberSchema>;

const savedSchema = memberSchema.extend({ created: z.boolean(), revived: z.boolean() });
export type SavedMember = z.output<typeof savedSchema>;

/** @throws StoreError `invalid_input` */
export const memberName = (who: MemberName): MemberName => valid(nameSchema, who);

/**
 * Makes a member, or changes the fields that are given. Who was removed is a member again, with the role that is given
 * or as an observer.
 *
 * @param moveIdentities whether ids on channels that another member has are taken from there
 * @throws StoreError `conflict` naming the member who has the e-mail, user id or id on a channel, or when the last admin
 *   who can sign in would lose that; `not_found` for an id that is not there; `invalid_input`
 */
export async function saveMember(
	store: Store,
	who: MemberName,
	fields: MemberFields = {},
	{ moveIdentities = false }: { moveIdentities?: boolean } = {},
): Promise<SavedMember> {
	const request = { ...memberName(who), set: valid(fieldsSchema, fields), moveIdentities };
	return await store.call('save_member', request, { answer: savedSchema, repeatable: true });
}

/** @throws StoreError `not_found` */
export async function getMember(store: Store, who: MemberName): Promise<Member> {
	return await store.call('get_member', memberName(who), { answer: memberSchema, repeatable: true });
}

export interface MemberQuery {
	role?: MemberRole;
	teamId?: number;
	/** In any team, or in that of `teamId`. */
	onDuty?: boolean;
	includeRemoved?: boolean;
}

/** @throws StoreError */
export async function getMembers(
	store: Store,
	query: MemberQuery = {},
	options: PageOptions = {},
): Promise<Page<Member>> {
	return await page(store, 'get_members', { ...query }, pageSchema(memberSchema), options);
}

const removedSchema = z.object({
	id: z.number(),
	/** False when that was done before. */
	removed: z.boolean(),
	/** `toTeam`: stays with its team, without a member. `unassigned`: has neither any more, and is `active`. */
	conversations: z.object({ toTeam: z.number(), unassigned: z.number() }),
	identities: z.number(),
	teams: z.number(),
});
export type RemovedMember = z.output<typeof removedSchema>;

/**
 * Takes a member away; the row stays, because messages name it. Ids on channels are free again, teams are left, and
 * assigned conversations fall back to their team, or without one to everybody. A second time changes and counts nothing.
 *
 * @throws StoreError `not_found`; `conflict` for the last admin who can sign in
 */
export async function removeMember(store: Store, who: MemberName): Promise<RemovedMember> {
	return await store.call('remove_member', memberName(who), { answer: removedSchema, repeatable: true });
}
