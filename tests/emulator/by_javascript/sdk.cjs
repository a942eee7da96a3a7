// The AWS SDK for JavaScript v3: node sdk.cjs URL
//
// A line on its input is a command, such as ["SendMessage", {"ConnectionToken": ...}]; it prints the reply, or the error.
const sdk = require("@aws-sdk/client-connectparticipant");

const credentials = { accessKeyId: "any", secretAccessKey: "any" };
const client = new sdk.ConnectParticipantClient({ endpoint: process.argv[2], region: "us-east-1", credentials, maxAttempts: 1 });

async function run() {
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const [name, input] = JSON.parse(line);
    const reply = await client.send(new sdk[`${name}Command`](input)).catch(({ name, $metadata }) => ({ name, $metadata }));
    process.stdout.write(JSON.stringify(reply) + "\n");
  }
}

run().catch((error) => { console.error(error); process.exit(1); });
