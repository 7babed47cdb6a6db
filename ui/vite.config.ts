import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  // The components that a test mounts must be Svelte's browser build.
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  build: {
    // What the oldest supported webview understands.
    target: ['safari15', 'chrome105'],
    // Fonts as files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    // A preload helper would only be inline work for the content security policy.
    modulePreload: false,
    chunkSizeWarningLimit: 800,
  },
  server: { strictPort: true, port: 5173, host: 'localhost' },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], css: { include: [/tokens\.css/] } },
});
