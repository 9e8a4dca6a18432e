import { z } from 'zod'

// The window's Content-Security-Policy forbids eval; zod would try it and leave a violation in the console. It decides
// while schemas are made, so main.tsx imports this file before anything else.
z.config({ jitless: true })
