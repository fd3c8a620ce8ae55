/**
 * An `@livekit/agents` worker that browses: in every room that it is sent to it publishes a page, does what the chat
 * asks, and gives the page to whoever takes the focus. README.md says how to start it.
 */
import { fileURLToPath } from 'node:url'
import { cli, defineAgent, ServerOptions, type JobContext } from '@livekit/agents'
import { BrowserAgent } from '@tandem/livekit'
import { think } from './think.ts'

const agent = defineAgent({
  entry: async (job: JobContext) => {
    await job.connect()
    const browser = new BrowserAgent({ url: process.env['START_URL'] ?? 'https://example.com', think, onError: (error) => console.error(error) })
    job.addShutdownCallback(() => browser.aclose())
    await browser.start(job.room)
    browser.session.on('agentInterrupted', (identity) => console.log(`${identity} has the page now`))
  },
})

// The framework imports this file again in the process of each job, and takes the agent from here.
// oxlint-disable-next-line import/no-default-export
export default agent

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A job's process is started when there is one, which takes its time on a busy machine. The port is the worker's health page.
  const options = { agent: import.meta.filename, numIdleProcesses: 0, initializeProcessTimeout: 60_000, port: Number(process.env['PORT'] ?? 8081) }
  cli.runApp(new ServerOptions(options))
}
