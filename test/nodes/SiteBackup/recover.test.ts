import { runNode } from './site-runner';

test('Recover asks for the engine, whose containers it starts, and for no site', async () => {
	const run = await runNode({ operation: 'recover' });
	expect(run.error).toMatchObject({
		message: 'No Docker credential is selected, so no container can be started.',
		description: expect.stringContaining('Docker API'),
	});
});
