export * from './channel-accounts';
export {
	getMember,
	getMembers,
	removeMember,
	saveMember,
	type Member,
	type MemberFields,
	type MemberName,
	type MemberQuery,
	type MemberRole,
	type RemovedMember,
	type SavedMember,
} from './members';
export * from './teams';
export * from './tenants';
