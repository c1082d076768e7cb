import type { ExpiryThreshold } from '../report';

const day = 86_400_000;

/** When a certificate counts as about to expire. Days of the time left, and parts of the whole lifetime. */
export interface Thresholds {
	warningDays: number;
	criticalDays: number;
	/** The days are at most so much of the lifetime, or they would never be over for short ones. */
	warningPart: number;
	criticalPart: number;
	/** Of CA certificates, which no machine renews. */
	caWarningDays: number;
	caCriticalDays: number;
}

export const defaultThresholds: Thresholds = {
	warningDays: 30,
	criticalDays: 7,
	warningPart: 1 / 4,
	criticalPart: 1 / 10,
	caWarningDays: 30,
	caCriticalDays: 7,
};

/** Milliseconds since 1970. */
export interface Validity {
	notBefore: number;
	notAfter: number;
}

/** Its second of expiry is a part of it (RFC 5280, 4.1.2.5). */
export const isExpired = ({ notAfter }: Validity, now: number): boolean => now >= notAfter + 1000;

export const isNotYetValid = ({ notBefore }: Validity, now: number): boolean => now < notBefore;

export const isValidAt = (validity: Validity, now: number): boolean =>
	!isExpired(validity, now) && !isNotYetValid(validity, now);

const lifetimeMs = ({ notBefore, notAfter }: Validity): number => Math.max(0, notAfter - notBefore);

/** How bad it is that so little is left of the certificate of a server. */
export function leafLevel(
	validity: Validity,
	now: number,
	{ warningDays, criticalDays, warningPart, criticalPart }: Thresholds = defaultThresholds,
): 'ok' | 'warning' | 'critical' {
	const left = validity.notAfter - now;
	const lifetime = lifetimeMs(validity);
	if (left < Math.min(criticalDays * day, lifetime * criticalPart)) return 'critical';
	return left < Math.min(warningDays * day, lifetime * warningPart) ? 'warning' : 'ok';
}

export function caLevel(
	{ notAfter }: Validity,
	now: number,
	{ caWarningDays, caCriticalDays }: Thresholds = defaultThresholds,
): 'ok' | 'warning' | 'critical' {
	const left = notAfter - now;
	if (left < caCriticalDays * day) return 'critical';
	return left < caWarningDays * day ? 'warning' : 'ok';
}

/** Longer ones are renewed by people, who do so when they want. */
const longestRenewedByMachine = 100 * day;
const renewalPart = 1 / 3;
const renewalGracePart = 1 / 10;

/**
 * Whether the machine that renews it should have done so: usual ones do when a third of the lifetime is left (Caddy,
 * certbot, step-ca). They get a tenth of the lifetime to succeed.
 */
export function isRenewalOverdue(validity: Validity, now: number): boolean {
	const lifetime = lifetimeMs(validity);
	if (lifetime > longestRenewedByMachine) return false;
	return validity.notAfter - now < lifetime * (renewalPart - renewalGracePart);
}

/** With the part of the lifetime that stands for the days in short ones. */
const steps: readonly [ExpiryThreshold, days: number, part: number][] = [
	['1d', 1, 1 / 40],
	['7d', 7, 1 / 10],
	['14d', 14, 1 / 6],
	['30d', 30, 1 / 4],
];

/**
 * The lowest threshold that is crossed: a person is told once at each. Below 120 days of lifetime they lie at a quarter,
 * a sixth, a tenth and a fortieth of it.
 */
export function expiryThreshold(validity: Validity, now: number, isCa = false): ExpiryThreshold | null {
	if (isExpired(validity, now)) return 'expired';
	const left = validity.notAfter - now;
	const lifetime = lifetimeMs(validity);
	const crossed = steps.find(
		([, days, part]) => left < Math.min(days * day, isCa ? Infinity : lifetime * part),
	);
	return crossed?.[0] ?? null;
}

/**
 * The longest lifetime that browsers take of public CAs, for certificates that begin at a time.
 *
 * @returns days; CA/Browser Forum, Baseline Requirements 6.3.2 and ballot SC-081
 */
export function longestPublicLifetimeDays(notBefore: number): number {
	const from = (date: string): boolean => notBefore >= Date.parse(date);
	if (from('2029-03-15')) return 47;
	if (from('2027-03-15')) return 100;
	if (from('2026-03-15')) return 200;
	if (from('2020-09-01')) return 398;
	if (from('2018-03-01')) return 825;
	return 1188;
}
