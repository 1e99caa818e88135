// Two producers, three consumers and a queue of four slots between them: whoever is faster waits.
//
//   node examples/22-producer-consumer.js

import { Queue, sleep, spawn } from 'gudeg/green';

const queue = new Queue(4);

function produce(name, count) {
  for (let i = 0; i < count; i++) {
    queue.put(`${name}${i}`);
    sleep(0.001);
  }
}

function consume(seen) {
  for (const job of queue) {
    seen.push(job);
    queue.taskDone();
  }
}

await spawn(() => {
  const seen = [];
  const consumers = [1, 2, 3].map(() => spawn(consume, seen));
  const producers = ['a', 'b'].map((name) => spawn(produce, name, 10));
  for (const producer of producers) producer.wait();
  queue.join();
  queue.shutdown();
  for (const consumer of consumers) consumer.wait();
  console.log(`${seen.length} jobs done`);
});
