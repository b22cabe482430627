/** Short words at the edge of the screen about something that was done, or that failed. Read out politely. */
import { notifications } from '@mantine/notifications'

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'green' })
}

/** For `onError` and `catch`: what went wrong, as the API said it. Stays until it is closed. */
export function notifyFailed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  notifications.show({ message, color: 'red', autoClose: false, role: 'alert' })
}
