// Imported before n8n-core, which otherwise prints every node error that a test provokes on purpose.
process.env.N8N_LOG_LEVEL ??= 'silent';
