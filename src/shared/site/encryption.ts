import { z } from 'zod';

import { recipientProblem } from './recipients';

/** Most people who may open one backup. */
const RECIPIENTS_MAX = 50;

const recipientField = z
	.string()
	.max(200)
	.superRefine((text, context) => {
		const problem = recipientProblem(text);
		if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
	});

export const encryptionSchema = z
	.strictObject({
		recipients: z
			.array(recipientField)
			.max(RECIPIENTS_MAX)
			.optional()
			.meta({
				description:
					'Public keys, each of whose owners can open the backups alone; those of the credential are added. `opsdesk backup keygen` makes a key.',
				examples: [['age1lg9300nnwq0y4jsuhns6ml8j0hqzcewt4xl3g475nwvmngcf2uasl8qcal']],
			}),
		passphrase: z
			.literal(true, { error: 'must be true; the passphrase itself belongs into a credential of n8n' })
			.optional()
			.meta({
				description:
					'`true`: in place of recipients, a passphrase that the credential, the environment or a file holds.',
			}),
	})
	.superRefine(({ recipients, passphrase }, context) => {
		if ((recipients === undefined) !== (passphrase === undefined)) return;
		context.addIssue({
			code: 'custom',
			message:
				recipients === undefined
					? 'must have "recipients" or "passphrase: true"; without encryption, leave the whole field out'
					: 'has both recipients and a passphrase, which the format of age does not allow; keep one of them',
		});
	})
	.meta({ description: 'How backups are encrypted. Without it they are not.' });

export type SiteEncryption = z.output<typeof encryptionSchema>;
