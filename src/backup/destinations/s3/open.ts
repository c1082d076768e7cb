import { globalAgent, type AgentOptions } from 'node:https';

import type { S3DestinationDefinition } from '../../../shared';
import type { BackupContext } from '../../context';
import type { Destination } from '../destination';
import { Bucket } from './bucket';
import { S3Destination } from './s3-destination';
import { defaultLimits, settingsOf, type S3Limits, type S3Settings } from './settings';

/**
 * A bucket of Amazon S3 or of a service that is compatible with it. Nothing is asked of it yet.
 * @throws BackupError `destination_refused` when there are no keys for it
 */
export async function openS3Destination(
	definition: S3DestinationDefinition,
	{ secrets, signal }: Pick<BackupContext, 'secrets' | 'signal'>,
	limits: S3Limits = defaultLimits,
): Promise<Destination> {
	const settings = settingsOf(definition, secrets);
	return new S3Destination(new Bucket(await clientFor(settings, limits), settings), limits, signal);
}

/**
 * The keys are those that were given and no others: the SDK would otherwise look for some in the environment, in files
 * and on the network of the machine.
 */
async function clientFor(settings: S3Settings, limits: S3Limits) {
	const { S3 } = await import('@aws-sdk/client-s3');
	const { access, region, endpoint, forcePathStyle } = settings;
	return new S3({
		region,
		forcePathStyle,
		...(endpoint !== undefined && { endpoint }),
		// Neither AWS_ENDPOINT_URL nor a file of the machine may lead backups elsewhere.
		ignoreConfiguredEndpointUrls: true,
		credentials: {
			accessKeyId: access.accessKeyId,
			secretAccessKey: access.secretAccessKey,
			...(access.sessionToken && { sessionToken: access.sessionToken }),
		},
		retryMode: 'standard',
		maxAttempts: limits.attempts,
		// Other services do not know the checksums that the SDK adds by itself; ours is Content-MD5.
		requestChecksumCalculation: 'WHEN_REQUIRED',
		responseChecksumValidation: 'WHEN_REQUIRED',
		requestHandler: {
			connectionTimeout: limits.connectMs,
			socketTimeout: limits.idleMs,
			httpAgent: agentOptions(),
			httpsAgent: { ...agentOptions(), rejectUnauthorized: !access.ignoreTlsErrors },
			logger: silent,
		},
		logger: silent,
	});
}

/** With the proxy of the environment where Node itself uses it (NODE_USE_ENV_PROXY). */
function agentOptions(): AgentOptions {
	const { proxyEnv } = globalAgent.options;
	return { keepAlive: true, maxSockets: 16, ...(proxyEnv && { proxyEnv }) };
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
