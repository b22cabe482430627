/** A mail server as a process of its own that takes a given time per message. Argument: JSON `{ delayMs, port }`. */
import { SMTPServer } from 'smtp-server'

const { delayMs, port } = JSON.parse(process.argv[2] ?? '{}') as { delayMs: number; port: number }
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  maxClients: 1000,
  onData(stream, _, callback) {
    stream.resume()
    stream.once('end', () => setTimeout(callback, delayMs))
  },
})
server.on('error', () => undefined)
process.on('disconnect', () => process.exit(0))
server.listen(port, '127.0.0.1', () => process.send?.('ready'))
