import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { answerCallback, deleteMessage, edit, sendTyping } from './change.operations';
import { send, sendMedia, sendTemplate } from './content.operations';

export const operations: Record<string, Operation> = {
	answerCallback,
	delete: deleteMessage,
	edit,
	send,
	sendMedia,
	sendTemplate,
	sendTyping,
};

export const description: INodeProperties[] = resourceDescription(
	'message',
	operations,
	[
		{
			name: 'Answer Callback',
			value: 'answerCallback',
			action: 'Answer a callback',
			description: 'Tell who has pressed a button that it was noticed',
		},
		{
			name: 'Delete',
			value: 'delete',
			action: 'Delete a message',
			description: 'Take a message back on the platform',
		},
		{ name: 'Edit', value: 'edit', action: 'Edit a message', description: 'Give a sent message a new text' },
		{
			name: 'Send Media',
			value: 'sendMedia',
			action: 'Send media',
			description: 'Send pictures, videos, sounds or documents',
		},
		{
			name: 'Send Message',
			value: 'send',
			action: 'Send a message',
			description: 'Send a text, with buttons if wanted',
		},
		{
			name: 'Send Template',
			value: 'sendTemplate',
			action: 'Send a template',
			description: 'Send a message that the platform has approved, at any time',
		},
		{
			name: 'Send Typing',
			value: 'sendTyping',
			action: 'Send typing',
			description: 'Show that somebody is typing',
		},
	],
	'send',
);
