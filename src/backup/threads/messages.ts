import type { BackupContext, BackupProgress } from '../context';
import type * as operations from '../operations';

export type OperationName = keyof typeof operations;

/** What of a context can travel to another thread as it is. */
export type TravellingContext = Pick<BackupContext, 'docker' | 'secrets' | 'stateFolder'>;

/** What the thread of the operations is told; `call` tells those under way apart. */
export type OperationRequest =
	| {
			type: 'start';
			call: number;
			name: OperationName;
			site: unknown;
			context: TravellingContext;
			options: unknown;
			/** Whether anybody wants to know how far the work is. */
			wantsProgress: boolean;
	  }
	| { type: 'cancel'; call: number }
	/** Nothing more will come. */
	| { type: 'end' };

export type OperationAnswer =
	| { type: 'progress'; call: number; progress: BackupProgress }
	| { type: 'result'; call: number; result: unknown }
	| { type: 'failed'; call: number; message: string; known?: { code: string; remedy: string } };
