import { z } from 'zod';

import { maskedValues } from './masking';

/** What an operator wants to know of a volume. */
export interface VolumeSummary {
	name: string;
	driver: string;
	/** The engine has named it itself: it was made for one container, which nobody has given it a name for. */
	anonymous: boolean;
	/** A container, running or not, has it. */
	inUse: boolean;
	/** Names of those containers, as far as the credential covers them. */
	usedBy: string[];
	/** Null where it is not known: not asked for, or the driver cannot tell. */
	sizeBytes: number | null;
	createdAt: string | null;
	/** Path on the engine's host. */
	mountpoint: string;
	project: string | null;
	labels: Record<string, string>;
	/** Of the driver; the values are masked, because they hold passwords of network shares. */
	options: Record<string, string>;
}

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});

export const engineVolume = z.looseObject({
	Name: z.string(),
	Driver: z.string(),
	Mountpoint: z
		.string()
		.nullish()
		.transform((value) => value ?? ''),
	CreatedAt: z.string().nullish(),
	Labels: texts,
	Options: texts,
	UsageData: z.looseObject({ Size: z.number(), RefCount: z.number() }).nullish(),
});
export type EngineVolume = z.infer<typeof engineVolume>;

const anonymousLabel = 'com.docker.volume.anonymous';

/** Engines before 23 have no label for it, but give names of 64 digits. */
export function isAnonymous({ Name, Labels }: Pick<EngineVolume, 'Name' | 'Labels'>): boolean {
	return Labels[anonymousLabel] !== undefined || /^[0-9a-f]{64}$/.test(Name);
}

/** @param usedBy names that may be shown */
export function summariseVolume(
	volume: EngineVolume,
	users: { inUse: boolean; usedBy: string[] },
): VolumeSummary {
	const { Name, Driver, Labels, Options, CreatedAt, Mountpoint, UsageData } = volume;
	return {
		name: Name,
		driver: Driver,
		anonymous: isAnonymous(volume),
		inUse: users.inUse,
		usedBy: users.usedBy,
		sizeBytes: UsageData && UsageData.Size >= 0 ? UsageData.Size : null,
		createdAt: CreatedAt || null,
		mountpoint: Mountpoint,
		project: Labels['com.docker.compose.project'] ?? null,
		labels: Labels,
		options: maskedValues(Options),
	};
}

/** The engine's own description with the values of driver options masked. */
export function volumeWithoutSecrets(volume: EngineVolume): EngineVolume {
	const { Status, ...rest } = volume;
	// What a driver says of itself may repeat its options.
	return {
		...rest,
		Options: maskedValues(volume.Options),
		...(Status !== undefined && { Status: '***' }),
	};
}
