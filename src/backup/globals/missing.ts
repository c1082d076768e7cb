import type { ClusterDump, GlobalObject } from './cluster-dump';

/** What a server has. */
export interface KnownGlobals {
	roles: readonly string[];
	tablespaces: readonly string[];
}

/** What of a dump a server lacks. */
export interface MissingGlobals {
	/** Names, in the order of the dump. */
	roles: string[];
	/** The statements that make these roles, with their memberships and rights. */
	script: string[];
	/** Rights on parameters of the server that the script gives to them. */
	parameterRights: { parameter: string; to: string }[];
	tablespaces: GlobalObject[];
	/** Statements left to people: what makes roles that are there members of new ones, and what is not known. */
	leftOut: number;
}

/**
 * What has to be done so that a server has all roles and tablespaces of a dump. Nothing that is there is changed: a
 * missing role becomes a member of others, and no role that is there becomes a member of anything.
 */
export function missingGlobals(dump: ClusterDump, known: KnownGlobals): MissingGlobals {
	const there = new Set(known.roles);
	const roles = dump.roles.filter(({ name }) => !there.has(name));
	const made = new Set(roles.map(({ name }) => name));
	const memberships = dump.memberships.filter(({ member }) => made.has(member));
	const left = dump.memberships.filter(({ role, member }) => made.has(role) && !made.has(member));
	const rights = dump.parameterRights.filter(({ to }) => made.has(to));
	return {
		roles: [...made],
		script: [
			...roles.flatMap(({ statements }) => statements),
			...memberships.map(({ sql }) => sql),
			...rights.map(({ sql }) => sql),
		],
		parameterRights: rights,
		tablespaces: dump.tablespaces.filter(({ name }) => !known.tablespaces.includes(name)),
		leftOut: left.length + dump.unknown,
	};
}
