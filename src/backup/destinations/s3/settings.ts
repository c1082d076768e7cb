import { endpointProblem, type S3DestinationDefinition } from '../../../shared';
import { BackupError } from '../../errors';
import type { BackupSecrets, S3Access } from '../../secrets';

/** Where a bucket is and how to reach it; the definition of a destination and its keys in one. */
export interface S3Settings {
	bucket: string;
	prefix: string;
	region: string;
	endpoint?: string | undefined;
	forcePathStyle: boolean;
	storageClass?: string | undefined;
	partSizeMiB?: number | undefined;
	readBack: 'auto' | 'always';
	access: S3Access;
	/** For messages. */
	label: string;
}

/** How long and how often something is tried. */
export interface S3Limits {
	/** Until a connection stands, in milliseconds. */
	connectMs: number;
	/** How long a connection may show no byte in either direction, in milliseconds. */
	idleMs: number;
	/** How often a request is tried in all. */
	attempts: number;
	/** How often in a row a broken download is resumed without having got any further. */
	resumes: number;
	/** How long a claim to a name must have been watched before it counts as that of a dead run, in milliseconds. */
	claimStaleMs: number;
}

export const defaultLimits: S3Limits = {
	connectMs: 10_000,
	idleMs: 60_000,
	attempts: 5,
	resumes: 5,
	claimStaleMs: 120_000,
};

/**
 * Brings a destination and its keys together. What the definition says wins over what the credential says.
 * @throws BackupError `destination_refused` when there are no keys for it, or the credential has no valid address
 */
export function settingsOf(
	definition: S3DestinationDefinition,
	secrets: BackupSecrets | undefined,
): S3Settings {
	const { bucket, prefix, storageClass, partSizeMiB, readBack } = definition;
	const access = secrets?.s3?.[definition.name] ?? secrets?.s3?.['*'];
	if (!access?.accessKeyId || !access.secretAccessKey) throw noKeys(definition);
	const endpoint = definition.endpoint ?? (access.endpoint || undefined);
	const problem = endpoint === undefined ? undefined : endpointProblem(endpoint);
	if (problem !== undefined) throw wrongEndpoint(definition.name, problem);
	const pathStyle = definition.endpoint === undefined ? access.forcePathStyle : undefined;
	return {
		bucket,
		prefix,
		region: definition.region ?? (access.region || 'us-east-1'),
		endpoint,
		forcePathStyle: definition.forcePathStyle ?? pathStyle ?? endpoint !== undefined,
		storageClass,
		partSizeMiB,
		readBack,
		access,
		label: bucketLabel({ bucket, prefix, endpoint }),
	};
}

/** `s3://example-backups/web-1 at s3.example.com` */
export function bucketLabel(place: {
	bucket: string;
	prefix: string;
	endpoint?: string | undefined;
}): string {
	const { bucket, prefix, endpoint } = place;
	const service = endpoint !== undefined && URL.canParse(endpoint) ? ` at ${new URL(endpoint).host}` : '';
	return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}${service}`;
}

function noKeys({ name, credential }: S3DestinationDefinition): BackupError {
	const variable = `OPSDESK_S3_${name.toUpperCase().replaceAll('-', '_')}_ACCESS_KEY_ID`;
	return new BackupError(
		'destination_refused',
		`There are no keys for the S3 destination "${name}".`,
		`Select a credential of the type "${credential === 'aws' ? 'AWS' : 'S3'}" in the node, or choose another with the field "credential" of the destination. The command takes OPSDESK_S3_ACCESS_KEY_ID and OPSDESK_S3_SECRET_ACCESS_KEY, or ${variable} … for this destination alone.`,
	);
}

function wrongEndpoint(name: string, problem: string): BackupError {
	return new BackupError(
		'destination_refused',
		`The address of the S3 destination "${name}" ${problem}.`,
		'Correct the endpoint in the credential or in the destination.',
	);
}
