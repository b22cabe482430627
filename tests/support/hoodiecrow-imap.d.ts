declare module 'hoodiecrow-imap' {
  interface ImapServer {
    server: unknown
    listen(port: number): void
    close(done: () => void): void
    appendMessage(mailbox: string, flags: string[], internalDate: false, raw: string): void
    getMailbox(path: string): { messages: { flags: string[] }[] }
  }
  export default function createServer(options: object): ImapServer
}
