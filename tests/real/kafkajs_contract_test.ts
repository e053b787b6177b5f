import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import { testKafkaContract } from "./kafka_contract.ts";

testKafkaContract("KafkajsLog", openKafkajsLog);
