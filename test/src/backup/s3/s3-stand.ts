import { createCipheriv } from 'node:crypto';
import type { Destination } from '../../../../src/backup/destinations/destination';
import { openS3Destination } from '../../../../src/backup/destinations/s3/open';
import { defaultLimits, type S3Limits } from '../../../../src/backup/destinations/s3/settings';
import type { BackupContext } from '../../../../src/backup';
import { parseSites, type S3DestinationDefinition, type Site } from '../../../../src/shared';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../../../support/s3';
import { Scope } from '../../../support/scope';

/** A bucket for each test of a file, and what opens it. */
export interface BucketStand extends S3Stand {
	scope: Scope;
	context: BackupContext;
	/** A site named `shop` with these folders as sources, in this bucket and in further folders. */
	site(sources: Record<string, string>, folders?: Record<string, string>, fields?: object): Site;
	/** To be closed by the stand. */
	open(
		fields?: Partial<S3DestinationDefinition>,
		limits?: Partial<S3Limits>,
		signal?: AbortSignal,
	): Promise<Destination>;
}

export function useBucket(label: string): BucketStand {
	const stand = {} as BucketStand;
	const opened: Destination[] = [];
	beforeAll(async () => {
		const scope = await Scope.open(label);
		const server = await startS3(scope);
		const place = { name: 'bucket', type: 's3' as const, bucket: s3Bucket };
		Object.assign(stand, server, {
			scope,
			context: { secrets: { s3: { '*': s3Keys } } },
			site: (sources: Record<string, string>, folders: Record<string, string> = {}, fields: object = {}) => {
				const [site] = parseSites({
					name: 'shop',
					backup: { directories: Object.entries(sources).map(([name, path]) => ({ name, path })) },
					destinations: [
						...Object.entries(folders).map(([name, path]) => ({ name, type: 'directory', path })),
						{ ...place, endpoint: server.proxy.url, ...fields },
					],
				});
				if (!site) throw new Error('The site was not read.');
				return site;
			},
			open: async (fields = {}, limits = {}, signal?: AbortSignal) => {
				const definition: S3DestinationDefinition = {
					...place,
					prefix: 'web-1',
					readBack: 'auto',
					credential: 's3',
					endpoint: server.proxy.url,
					...fields,
				};
				const destination = await openS3Destination(
					definition,
					{ secrets: { s3: { '*': s3Keys } }, signal },
					{ ...defaultLimits, ...limits },
				);
				opened.push(destination);
				return destination;
			},
		} satisfies Omit<BucketStand, keyof S3Stand>);
	});
	afterEach(async () => {
		for (const destination of opened.splice(0)) await destination.close();
		stand.empty();
	});
	afterAll(async () => {
		await stand.close();
		await stand.scope.close();
	});
	return stand;
}

/** Bytes that no compression makes smaller, the same each time. */
export function noise(sizeBytes: number): Buffer {
	return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}
