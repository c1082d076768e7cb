import { createHmac, randomBytes } from 'node:crypto';

/** The keys of one project: the two signed tokens of old, and the two opaque keys that replace them. */
export interface ProjectKeys {
	jwtSecret: string;
	anonKey: string;
	serviceKey: string;
	publishableKey: string;
	secretKey: string;
}

const TEN_YEARS_S = 10 * 365 * 24 * 3600;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An HS256 token with these claims, valid for `lifetimeS` seconds (negative: already expired). */
export function signToken(jwtSecret: string, claims: Record<string, unknown>, lifetimeS = 3600): string {
	const issuedAt = Math.floor(Date.now() / 1000);
	const payload = { iat: issuedAt, exp: issuedAt + lifetimeS, ...claims };
	const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
	return `${unsigned}.${createHmac('sha256', jwtSecret).update(unsigned).digest('base64url')}`;
}

/** New keys of both kinds, none of them ever used before. */
export function createKeys(): ProjectKeys {
	const jwtSecret = randomBytes(32).toString('hex');
	const legacyKey = (role: string): string =>
		signToken(jwtSecret, { iss: 'supabase', ref: 'local', role }, TEN_YEARS_S);
	const opaqueKey = (kind: string): string => `sb_${kind}_${randomBytes(24).toString('base64url')}`;
	return {
		jwtSecret,
		anonKey: legacyKey('anon'),
		serviceKey: legacyKey('service_role'),
		publishableKey: opaqueKey('publishable'),
		secretKey: opaqueKey('secret'),
	};
}
