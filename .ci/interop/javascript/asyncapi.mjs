// The document given as argument is valid for the official AsyncAPI parser.

import { readFile } from 'node:fs/promises'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], 'utf8'))
const wrong = diagnostics.filter(({ severity }) => severity <= 1) // errors and warnings
for (const { path, message } of wrong) console.error(`${path.join('.')}: ${message}`)
console.log(`${document?.messages().all().length ?? 0} messages, ${wrong.length} faults`)
process.exitCode = document && wrong.length === 0 ? 0 : 1
