import { z } from 'zod';

import { inspectedContainer } from '../summary';

/** Engines leave a field out or send null; both mean the same as empty. */
const texts = z
	.array(z.string())
	.nullish()
	.transform((value) => value ?? []);
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const labels = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});

/** How a container hangs in one network. */
export const endpoint = z.looseObject({
	NetworkID: text,
	IPAddress: text,
	Aliases: texts,
	Links: texts,
	DriverOpts: z.record(z.string(), z.string()).nullish(),
	/** Only what somebody has asked for; addresses the engine chose stand beside it. */
	IPAMConfig: z
		.looseObject({
			IPv4Address: text,
			IPv6Address: text,
			LinkLocalIPs: texts,
		})
		.nullish(),
});
export type Endpoint = z.infer<typeof endpoint>;

const mount = z.looseObject({ Type: text, Source: text, Target: text });

const { Config, HostConfig, NetworkSettings, State } = inspectedContainer.shape;

/** Everything of an inspected container that matters when another one takes its place. */
export const replaceable = inspectedContainer.extend({
	/** Id of the image. */
	Image: z.string(),
	Config: Config.extend({ Labels: labels, MacAddress: text }),
	HostConfig: HostConfig.unwrap()
		.unwrap()
		.extend({
			NetworkMode: text,
			AutoRemove: z.boolean().nullish(),
			PublishAllPorts: z.boolean().nullish(),
			PortBindings: z.record(z.string(), z.array(z.unknown()).nullish()).nullish(),
			UTSMode: text,
			Links: texts,
			Binds: texts,
			Mounts: z.array(mount).nullish(),
		}),
	NetworkSettings: NetworkSettings.unwrap()
		.unwrap()
		.extend({
			Networks: z
				.record(z.string(), endpoint)
				.nullish()
				.transform((value) => value ?? {}),
		}),
	State: State.extend({
		Health: z
			.looseObject({
				Status: z.string(),
				Log: z.array(z.looseObject({ Start: text, Output: text })).nullish(),
			})
			.nullish(),
	}),
});
export type Replaceable = z.infer<typeof replaceable>;

/** What an image gives to containers that do not say it themselves. */
export const imageDetails = z.looseObject({
	Id: z.string(),
	RepoDigests: texts,
	Config: z
		.looseObject({})
		.nullish()
		.transform((value): Record<string, unknown> => value ?? {}),
});
export type ImageDetails = z.infer<typeof imageDetails>;
